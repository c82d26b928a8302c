from domain.foundation.bus import Bus


def test_listeners_hear_their_topic_until_they_leave():
    bus, heard = Bus(), []
    leave = bus.subscribe("readings", heard.append)
    bus.publish("readings", 1)
    bus.publish("building", 2)
    leave()
    bus.publish("readings", 3)
    assert heard == [1]


def test_a_failing_listener_harms_neither_the_publisher_nor_the_others():
    bus, heard = Bus(), []

    def fail(_message: object) -> None:
        raise RuntimeError

    bus.subscribe("readings", fail)
    bus.subscribe("readings", heard.append)
    bus.publish("readings", 1)
    assert heard == [1]
