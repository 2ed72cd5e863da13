"""Makes SQLite databases with SQLite itself, and says what it reads of each: databases.py <folder>.

For each database NAME.sqlite (with NAME.sqlite-wal where it has a log) there is a NAME.json, the rows of its table
`t`: lists of [column, type, value]. SQLite reads a copy, so that the files stay as a client left them.
"""

import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

FOLDER = pathlib.Path(sys.argv[1])


def cell(value):
    if value is None:
        return ["null", None]
    if isinstance(value, int):
        return ["integer", str(value)]
    if isinstance(value, float):
        return ["real", repr(value)]
    if isinstance(value, str):
        return ["text", value]
    return ["blob", value.hex()]


def keep(name, database):
    """Keeps the files of a database as they are at this moment, and what SQLite reads of them."""
    target = FOLDER / f"{name}.sqlite"
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "copy.sqlite"
        for end in ["", "-wal"]:
            if pathlib.Path(f"{database}{end}").exists():
                shutil.copy(f"{database}{end}", f"{copy}{end}")
                shutil.copy(f"{database}{end}", f"{target}{end}")
        rows = sqlite3.connect(copy).execute("SELECT * FROM t ORDER BY rowid")
        names = [column[0] for column in rows.description]
        told = [[[name, *cell(value)] for name, value in zip(names, row)] for row in rows]
    (FOLDER / f"{name}.json").write_text(json.dumps(told))


def opened(folder, page, encoding, mode):
    database = sqlite3.connect(f"{folder}/made.sqlite", isolation_level=None)
    database.execute(f"PRAGMA page_size = {page}")
    database.execute(f"PRAGMA encoding = '{encoding}'")
    database.execute(f"PRAGMA journal_mode = {mode}")
    database.execute("PRAGMA wal_autocheckpoint = 0")
    database.execute("PRAGMA synchronous = OFF")
    return database


NUMBERS = [0, 1, -1, 127, -128, 32767, -32768, 8388607, -8388608, 2**31 - 1, -(2**31), 2**47 - 1, -(2**47), 2**63 - 1, -(2**63)]

# Every size of pages and every encoding, with every kind of value and rows of every length around the bounds.
for page in [512, 1024, 4096, 32768, 65536]:
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"]:
        with tempfile.TemporaryDirectory() as folder:
            database = opened(folder, page, encoding, "DELETE")
            database.execute('CREATE TABLE t(a, "b ""c""" TEXT, [d,e] BLOB)')
            for number in NUMBERS:
                database.execute("INSERT INTO t VALUES(?, ?, ?)", (number, str(number), None))
            database.execute("INSERT INTO t VALUES(1.5, 'Ünï 🙂', x'00ff')")
            for length in [0, 1, 60, page // 2 - 40, page - 80, page - 35, page - 34, page, 2 * page, 7 * page + 3]:
                for more in range(3):
                    database.execute("INSERT INTO t VALUES(?, ?, NULL)", (length, "x" * (length + more)))
            keep(f"values-{page}-{encoding}", f"{folder}/made.sqlite")

with tempfile.TemporaryDirectory() as folder:
    database = opened(folder, 1024, "UTF-8", "DELETE")
    database.execute("CREATE TABLE other(x)")
    database.execute("CREATE TABLE t(a, b)")
    database.execute("CREATE INDEX i ON t(b)")
    database.execute("BEGIN")
    for number in range(5000):
        database.execute("INSERT INTO t VALUES(?, ?)", (number, f"row {number}"))
        database.execute("INSERT INTO other VALUES(?)", (number,))
    database.execute("DELETE FROM t WHERE a % 7 = 3")
    database.execute("COMMIT")
    database.execute("ALTER TABLE t ADD COLUMN late")
    database.execute("INSERT INTO t VALUES(1, 2, 'late')")
    keep("many", f"{folder}/made.sqlite")

# A log: what was committed to it counts, what was not does not, and neither does what is left of an earlier one.
with tempfile.TemporaryDirectory() as folder:
    path = f"{folder}/made.sqlite"
    database = opened(folder, 512, "UTF-8", "WAL")
    database.execute("CREATE TABLE t(a, b)")
    database.execute("INSERT INTO t VALUES(1, 'one')")
    keep("log-all", path)
    database.execute("PRAGMA wal_checkpoint(PASSIVE)")
    keep("log-checkpointed", path)
    database.execute("UPDATE t SET b = 'changed'")
    database.execute("INSERT INTO t VALUES(2, 'two')")
    keep("log-restarted", path)
    # Many pages that can be reached, then changed ones that SQLite writes before it commits.
    for number in range(100):
        database.execute("INSERT INTO t VALUES(?, ?)", (number, "committed" * 20))
    database.execute("PRAGMA cache_size = 1")
    database.execute("BEGIN")
    database.execute("UPDATE t SET b = 'not committed yet'")
    for number in range(300):
        database.execute("INSERT INTO t VALUES(?, ?)", (number, "not committed" * 20))
    database.execute("UPDATE t SET b = 'not committed'")
    keep("log-uncommitted", path)
    database.execute("COMMIT")
    keep("log-committed", path)
    log = pathlib.Path(f"{path}-wal").read_bytes()
    pathlib.Path(f"{path}-wal").write_bytes(log[:-700])
    keep("log-cut", path)
    spoilt = bytearray(log)
    spoilt[32 + 24 + 100] ^= 1
    pathlib.Path(f"{path}-wal").write_bytes(spoilt)
    keep("log-spoilt", path)
    # SQLite recovers the files when they are closed.
    pathlib.Path(f"{path}-wal").write_bytes(log)

for name, sql in {
    "no-numbers": "CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID",
    "generated": "CREATE TABLE t(a, b AS (a + 1))",
    "view": "CREATE VIEW t AS SELECT 1",
    "absent": "CREATE TABLE other(a)",
}.items():
    database = sqlite3.connect(FOLDER / f"refused-{name}.sqlite")
    database.execute(sql)
    database.close()
