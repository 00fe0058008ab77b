import COpenBLAS

/// The library under this room.
public enum OpenBLAS {
  /// Threads that the library uses by itself: always 1.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// Name of the kernels the library chose for this processor, such as "Haswell"; results may
  /// differ in their last bits between names, so it belongs to the version of the numerics.
  public static var coreName: String {
    guard let name = openblas_get_corename() else { return "unknown" }
    return String(cString: name)
  }

  /// Whether the kernels that the library chose use vectors of 256 bits and fused multiply-add, as
  /// ours in WideKernels do; every 64-bit ARM processor has the latter.
  package static let hasFusedKernels: Bool = {
    #if arch(arm64)
      return true
    #else
      let names: Set = [
        "haswell", "zen", "excavator", "skylakex", "cooperlake", "sapphirerapids",
      ]
      return names.contains(coreName.lowercased())
    #endif
  }()

  /// Evaluated once, at the first product: the library must not have threads of its own, because
  /// with them several concurrent callers can livelock. When it started some all the same (another
  /// build of it, which does not ask `openblas_num_threads_env`), they are ended here.
  static let isSingleThreaded: Bool = {
    if openblas_get_num_threads() != 1 {
      openblas_set_num_threads(1)
      _ = blas_thread_shutdown_()
    }
    return openblas_get_num_threads() == 1
  }()

  /// Called before the library computes; a load and a compare after the first time.
  static func prepare() {
    precondition(isSingleThreaded, "OpenBLAS has threads of its own")
  }
}
