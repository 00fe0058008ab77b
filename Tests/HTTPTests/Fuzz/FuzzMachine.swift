import HTTP

/// libFuzzer's entry: the first byte says where the others are cut, and the connection machine has
/// to give the same events for the whole as for the two parts, and byte by byte.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 1 else { return 0 }
  // Exactly as long as the input, so that the sanitizer sees any read beyond it.
  let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
  let cut = Int(start[0]) % bytes.count
  let whole = MachineDriver.events([bytes[...]])
  precondition(MachineDriver.events([bytes[..<cut], bytes[cut...]]) == whole, "two parts")
  if bytes.count <= 512 {
    precondition(
      MachineDriver.events(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
  }
  return 0
}
