/// Bounds of a head (DESIGN.md, "Limits").
public struct HeadLimits: Sendable, Hashable {
  /// Bytes of the request line without its CRLF.
  public var requestLine: Int
  /// Bytes of the whole head, from the method to the empty line.
  public var head: Int
  /// Field lines.
  public var fields: Int

  /// 8 KB, 32 KB and 100 fields unless told otherwise.
  public init(requestLine: Int = 8_192, head: Int = 32_768, fields: Int = 100) {
    self.requestLine = requestLine
    self.head = head
    self.fields = fields
  }
}
