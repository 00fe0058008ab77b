import Dispatch
import Glibc
import Observability
import Testing

@Suite struct LogWriterTests {
  private func pipeEnds() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  /// Everything up to the end of the stream.
  private func readAll(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    close(descriptor)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func linesOfManyThreadsComeOutWhole() throws {
    let (reading, writing) = try pipeEnds()
    let writer = LogWriter(descriptor: writing)
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for index in 0..<100 {
        writer.write(Array("\(thread) \(index)\n".utf8), urgent: index % 10 == 0)
      }
    }
    writer.flush()
    close(writing)
    let lines = readAll(reading).split(separator: "\n")
    #expect(lines.count == 400)
    for thread in 0..<4 {
      let own = lines.filter { $0.hasPrefix("\(thread) ") }
      #expect(own == (0..<100).map { "\(thread) \($0)" })
    }
  }

  @Test func aReaderThatStoppedCostsLinesNotTime() throws {
    let (reading, writing) = try pipeEnds()
    // Full from the start: the writer's queue blocks in its first write.
    let flags = fcntl(writing, F_GETFL)
    _ = fcntl(writing, F_SETFL, flags | O_NONBLOCK)
    let block = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
    while write(writing, block, block.count) > 0 {}
    _ = fcntl(writing, F_SETFL, flags)
    let writer = LogWriter(descriptor: writing, capacity: 100)
    for _ in 0..<1_000 { writer.write(Array("0123456789\n".utf8), urgent: true) }
    // At most one batch of nine is in the blocked write and one more waits.
    #expect(writer.dropped >= 1_000 - 18)
    DispatchQueue.global().async { _ = readAll(reading) }
    writer.flush()
    close(writing)
  }
}
