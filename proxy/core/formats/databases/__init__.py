"""Files that hold tables: SQLite, Parquet, Arrow."""
