import logging

from api.process import OneLine


def test_foreign_text_cannot_forge_a_second_log_line():
    record = logging.LogRecord(
        "api", logging.WARNING, __file__, 1, "login of %s failed", ("a\r\n\x1b[31mok",), None
    )
    line = OneLine("%(message)s").format(record)
    assert "\n" not in line
    assert "\\r\\n\\x1b[31mok" in line
