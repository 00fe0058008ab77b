// Dualization
