import Glibc

/// Standard output is a pipe here and would keep its lines.
func fflushOutput() {
  fflush(nil)
}
