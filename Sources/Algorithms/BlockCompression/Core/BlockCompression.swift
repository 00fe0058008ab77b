// BlockCompression
