"""Office documents: OOXML, OpenDocument, RTF, and the compound files of the years before."""
