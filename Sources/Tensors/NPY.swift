/// Files of one tensor as numpy writes them (numpy/lib/format.py, versions 1.0 to 3.0).
public enum NPY {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
}
