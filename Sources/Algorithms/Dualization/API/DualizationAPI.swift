// DualizationAPI
