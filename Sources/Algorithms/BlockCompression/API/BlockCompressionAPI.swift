// BlockCompressionAPI
