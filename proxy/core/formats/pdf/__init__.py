"""PDF: pages as pdfium reads them, everything else as qpdf does; text taken out of the page, not covered."""
