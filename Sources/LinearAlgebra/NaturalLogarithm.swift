import Glibc

/// ln x by the C library.
func naturalLogarithm(_ x: Double) -> Double { log(x) }
