/// The header of an npy file: a Python dict literal with exactly the keys `descr`, `fortran_order`
/// and `shape`, in any order, with any white space, with or without a trailing comma.
struct NPYHeader {
  let elementType: ElementType
  let byteOrder: Tensor.ByteOrder
  let isColumnMajor: Bool
  let shape: [Int]

  /// Reads the literal.
  init(parsing text: [UInt8], limits: TensorLimits) throws(TensorError) {
    var parser = Parser(text: text, limits: limits)
    try parser.dictionary()
    guard let description = parser.description else { throw Parser.bad("descr is missing") }
    guard let isColumnMajor = parser.isColumnMajor else {
      throw Parser.bad("fortran_order is missing")
    }
    guard let shape = parser.shape else { throw Parser.bad("shape is missing") }
    (elementType, byteOrder) = try Self.type(description)
    self.isColumnMajor = isColumnMajor
    self.shape = shape
  }

  /// The element type and byte order of a `descr` such as `<f8`.
  private static func type(
    _ description: String
  ) throws(TensorError) -> (ElementType, Tensor.ByteOrder) {
    let order: Tensor.ByteOrder = description.utf8.first == UInt8(ascii: ">") ? .big : .little
    let type: ElementType? =
      switch description {
      case "<f8", ">f8", "=f8": .float64
      case "<f4", ">f4", "=f4": .float32
      case "<f2", ">f2", "=f2": .float16
      case "<i8", ">i8", "=i8": .int64
      case "<i4", ">i4", "=i4": .int32
      case "|u1", "<u1", ">u1", "=u1": .uint8
      case "|b1", "<b1", ">b1", "=b1": .bool
      default: nil
      }
    guard let type else {
      // Only printable ASCII goes into a message.
      let name = description.unicodeScalars.prefix(32).map {
        (0x20..<0x7f).contains($0.value) ? String($0) : "?"
      }.joined()
      throw .unsupportedType(name)
    }
    return (type, order)
  }

  /// Reads the small part of Python's literals that the header uses.
  private struct Parser {
    let text: [UInt8]
    let limits: TensorLimits
    var position = 0
    var description: String?
    var isColumnMajor: Bool?
    var shape: [Int]?

    init(text: [UInt8], limits: TensorLimits) {
      self.text = text
      self.limits = limits
    }

    static func bad(_ reason: String) -> TensorError {
      .badHeader(format: .npy, reason: reason)
    }

    mutating func dictionary() throws(TensorError) {
      try expect("{")
      while !take("}") {
        let key = try string()
        try expect(":")
        try value(of: key)
        if !take(",") {
          try expect("}")
          break
        }
      }
      skipBlanks()
      guard position == text.count else { throw Self.bad("something follows the dictionary") }
    }

    private mutating func value(of key: String) throws(TensorError) {
      let isRepeated =
        switch key {
        case "descr": description != nil
        case "fortran_order": isColumnMajor != nil
        case "shape": shape != nil
        default: throw Self.bad("it has a key other than descr, fortran_order and shape")
        }
      guard !isRepeated else { throw Self.bad("\(key) is there twice") }
      switch key {
      case "descr":
        skipBlanks()
        // A list of fields, or a pair of a type and a shape: a structured type.
        if position < text.count, text[position] == UInt8(ascii: "[") {
          throw .unsupportedType("structured dtype")
        }
        if position < text.count, text[position] == UInt8(ascii: "(") {
          throw .unsupportedType("sub-array dtype")
        }
        description = try string()
      case "fortran_order": isColumnMajor = try boolean()
      default: shape = try tuple()
      }
    }

    private mutating func skipBlanks() {
      while position < text.count, [0x20, 0x09, 0x0a, 0x0d, 0x0c].contains(text[position]) {
        position += 1
      }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(TensorError) {
      guard take(character) else { throw Self.bad("a \(character) is missing") }
    }

    /// A string in single or double quotes without escapes, which no key or type needs.
    private mutating func string() throws(TensorError) -> String {
      skipBlanks()
      guard position < text.count, [0x22, 0x27].contains(text[position]) else {
        throw Self.bad("a string is missing")
      }
      let quote = text[position]
      let start = position + 1
      guard let end = text[start...].firstIndex(of: quote) else {
        throw Self.bad("a string has no closing quote")
      }
      position = end + 1
      return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(TensorError) -> Bool {
      skipBlanks()
      for (name, value) in [("True", true), ("False", false)]
      where text[position...].starts(with: name.utf8) {
        position += name.utf8.count
        return value
      }
      throw Self.bad("fortran_order is neither True nor False")
    }

    /// `()`, `(3,)`, `(3, 4)`, `(3, 4,)`; the long suffix of Python 2 (`3L`) is taken.
    private mutating func tuple() throws(TensorError) -> [Int] {
      try expect("(")
      var lengths: [Int] = []
      var hasComma = false
      while !take(")") {
        guard lengths.count < limits.rank else {
          throw .tooManyDimensions(limit: limits.rank, actual: lengths.count + 1)
        }
        lengths.append(try integer())
        hasComma = take(",")
        if !hasComma {
          try expect(")")
          break
        }
      }
      // Python reads (3) as a number, not as a tuple.
      guard lengths.count != 1 || hasComma else { throw Self.bad("shape is not a tuple") }
      return lengths
    }

    private mutating func integer() throws(TensorError) -> Int {
      skipBlanks()
      let start = position
      if position < text.count, text[position] == UInt8(ascii: "-") { position += 1 }
      while position < text.count,
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position])
      {
        position += 1
      }
      let digits = String(decoding: text[start..<position], as: UTF8.self)
      guard let value = Int(digits) else {
        throw Self.bad("a length of the shape is no integer in range")
      }
      if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }
      return value
    }
  }
}
