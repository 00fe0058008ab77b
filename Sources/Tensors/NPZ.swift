/// Zip archives of npy files, as numpy's `savez` and `savez_compressed` write them.
public enum NPZ {
  /// Reads an archive. Each member is an npy file; its name without `.npy` is the tensor's. Stored
  /// members are views over `bytes`, deflated ones are decoded.
  public static func read(
    _ bytes: SharedBytes, limits: TensorLimits = .standard
  ) throws(TensorError) -> NamedTensors {
    let archive = try ZipArchive(bytes, limits: limits)
    var tensors = NamedTensors()
    for entry in archive.entries {
      let suffix = ".npy"
      let name =
        entry.name.hasSuffix(suffix) ? String(entry.name.dropLast(suffix.count)) : entry.name
      try tensors.append(name, try NPY.read(try archive.contents(of: entry), limits: limits))
    }
    return tensors
  }

  /// Writes an archive of stored npy files in the order of the tensors. bfloat16 is widened to
  /// float32, as in `NPY`.
  public static func write(_ tensors: NamedTensors) -> [UInt8] {
    write(tensors, wideFrom: ZipWriter.wideFrom)
  }

  /// The same with zip64 fields for sizes and offsets from `wideFrom` on: for tests, which write
  /// nothing of 4 GiB.
  package static func write(_ tensors: NamedTensors, wideFrom: Int) -> [UInt8] {
    let capacity = tensors.reduce(64) { sum, entry in
      let width = entry.tensor.elementType == .bfloat16 ? 4 : entry.tensor.elementType.byteCount
      return sum + entry.tensor.count * width + 512 + 2 * entry.name.utf8.count
    }
    var writer = ZipWriter(capacity: capacity, wideFrom: wideFrom)
    for (name, tensor) in tensors { add(name, tensor, to: &writer) }
    return writer.finish()
  }

  private static func add(_ name: String, _ tensor: Tensor, to writer: inout ZipWriter) {
    let tensor = tensor.storable()
    let preamble = NPY.preamble(of: tensor)
    preamble.withUnsafeBytes { preamble in
      tensor.withRowMajorBytes { data in
        writer.append(name + ".npy", [preamble, data])
      }
    }
  }
}
