"""The schema: connection, tables, migrations, timestamps."""
