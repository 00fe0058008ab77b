import CSimdjson

/// Number arrays straight from memory. Wraps the C writers and does nothing else.
extension JSONWriter {
  /// Writes nested arrays of a shape, row-major; the shape `[]` is a single number. Non-finite
  /// elements are written as null. O(elements).
  public mutating func numbers(_ values: UnsafeBufferPointer<Double>, shape: [Int]) {
    numbers(values, shape: shape, by: mq_write_doubles)
  }

  /// Writes nested arrays of a shape with the digits that a Float needs.
  public mutating func numbers(_ values: UnsafeBufferPointer<Float>, shape: [Int]) {
    numbers(values, shape: shape, by: mq_write_floats)
  }

  /// Writes nested arrays of integers of a shape, row-major.
  public mutating func integers(_ values: UnsafeBufferPointer<Int64>, shape: [Int]) {
    numbers(values, shape: shape, by: mq_write_integers)
  }

  /// Writes nested arrays of true (any byte but 0) and false of a shape, row-major.
  public mutating func booleans(_ values: UnsafeRawBufferPointer, shape: [Int]) {
    nested(count: values.count, shape: shape) { writer, range in
      for (index, value) in values[range].enumerated() {
        if index > 0 { writer.bytes.append(UInt8(ascii: ",")) }
        writer.bytes.append(contentsOf: (value == 0 ? "false" : "true").utf8)
      }
    }
  }

  private mutating func numbers<Number>(
    _ values: UnsafeBufferPointer<Number>, shape: [Int],
    by write: (UnsafePointer<Number>?, Int, mq_number_style, UnsafeMutablePointer<CChar>?) -> Int
  ) {
    let style = style == .typed ? MQ_NUMBER_TYPED : MQ_NUMBER_CANONICAL
    // 256 numbers at a time keep the scratch (8 KiB) in the first cache and on the stack.
    let chunk = min(256, max(values.count, 1))
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: (chunk + 1) * Int(MQ_NUMBER_WIDTH)) {
      scratch in
      var isSized = false
      nested(count: values.count, shape: shape) { writer, range in
        var start = range.lowerBound
        while start < range.upperBound {
          let end = min(start + chunk, range.upperBound)
          if start > range.lowerBound { writer.bytes.append(UInt8(ascii: ",")) }
          let part = UnsafeBufferPointer(rebasing: values[start..<end])
          let length = write(part.baseAddress, part.count, style, scratch.baseAddress)
          if !isSized {
            // The first chunk tells how long numbers are here; one eighth more for the rest.
            let rest = (length + part.count) * (values.count / part.count + 1)
            writer.bytes.makeRoom(for: rest + rest / 8)
            isSized = true
          }
          writer.bytes.append(
            contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[..<length])
          )
          start = end
        }
      }
    }
  }

  /// Brackets and commas of a shape around rows of its last length.
  private mutating func nested(
    count: Int, shape: [Int], _ row: (inout JSONWriter, Range<Int>) -> Void
  ) {
    precondition(
      shape.reduce(1, { $0 * $1 }) == count, "the shape holds another number of elements")
    separate()
    func level(_ depth: Int, _ range: Range<Int>, _ writer: inout JSONWriter) {
      guard depth < shape.count else { return row(&writer, range) }
      writer.bytes.append(UInt8(ascii: "["))
      if depth == shape.count - 1 {
        if !range.isEmpty { row(&writer, range) }
      } else {
        let length = range.count / max(shape[depth], 1)
        for index in 0..<shape[depth] {
          if index > 0 { writer.bytes.append(UInt8(ascii: ",")) }
          let start = range.lowerBound + index * length
          level(depth + 1, start..<start + length, &writer)
        }
      }
      writer.bytes.append(UInt8(ascii: "]"))
    }
    level(0, 0..<count, &self)
  }
}

extension [UInt8] {
  /// Takes memory for so many more bytes, and at least twice what is there: taking just enough
  /// each time would copy everything each time.
  package mutating func makeRoom(for more: Int) {
    if count + more > capacity { reserveCapacity(Swift.max(count + more, 2 * capacity)) }
  }
}
