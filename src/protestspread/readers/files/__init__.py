"""Opening files: types, archives, CSV, Parquet, Excel, vector files."""
