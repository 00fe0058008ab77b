// WeightedPaging
