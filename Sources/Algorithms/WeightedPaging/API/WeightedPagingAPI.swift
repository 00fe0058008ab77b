// WeightedPagingAPI
