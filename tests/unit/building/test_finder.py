"""Search: names and ids, prefix before word before the rest, quick with ten thousand sensors."""

from domain.building.finder import PAGE, ROOM, SENSOR, Findable, fold, indexed, rank

SENSORS = indexed(
    [
        Findable(SENSOR, "METER_LAB", "Lab supply", "METER_LAB", "Energy meter Lab"),
        Findable(SENSOR, "T_7", "Collaboration air", "T_7", "Temperature Studio"),
        Findable(SENSOR, "LAB", "Bench", "LAB", "Energy meter"),
        Findable(SENSOR, "CLIMATE_LAB", "Climate", "CLIMATE_LAB", "Room climate Lab"),
        Findable(SENSOR, "T_8", "Window", "T_8", "Temperature Lab"),
    ]
)
ROOMS = indexed([Findable(ROOM, "1", "Lab"), Findable(ROOM, "2", "Café São João")])


def names(text: str, *, limit: int = 12) -> list[str]:
    return [thing.name for thing in rank(text, ROOMS, SENSORS, limit=limit)]


def test_whole_then_prefix_then_word_then_within_then_what_is_around() -> None:
    assert names("lab") == ["Lab", "Bench", "Lab supply", "Climate", "Collaboration air", "Window"]


def test_an_id_is_found_as_well_as_a_name_in_any_case() -> None:
    assert names("meter_l") == ["Lab supply"]
    assert names("LAB SUP") == ["Lab supply"]


def test_a_word_begins_after_an_underscore_too() -> None:
    assert names("lab", limit=4)[-1] == "Climate"


def test_accents_and_blanks_do_not_matter() -> None:
    assert names("cafe sao") == ["Café São João"]
    assert fold("  Café   2 ") == "cafe 2"


def test_several_words_may_stand_anywhere_in_its_type_and_room_too() -> None:
    assert names("lab window") == ["Window"]


def test_nothing_typed_and_nothing_called_so_find_nothing() -> None:
    assert names("   ") == names("zzz") == []


def test_signs_of_patterns_are_only_signs() -> None:
    assert names(".*") == names("(") == names("\\") == []


def test_equals_come_pages_first_and_never_more_than_asked() -> None:
    pages = indexed([Findable(PAGE, "/labs", "Labs")])
    assert [thing.key for thing in rank("lab", pages, ROOMS, limit=2)] == ["1", "/labs"]
    many = indexed(Findable(SENSOR, f"S_{n}", f"Sensor {n}") for n in range(10_000))
    assert [thing.key for thing in rank("sens", many)] == [f"S_{n}" for n in range(12)]
    assert [thing.key for thing in rank("9999", many)] == ["S_9999"]
