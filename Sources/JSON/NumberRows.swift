/// Walks nested number arrays on the tape into memory that is large enough for every number.
/// Works on the tape's words directly: this is the hot loop of reading matrices.
struct NumberRows {
  /// What is wrong with the value at a place of the tape.
  struct Fault {
    enum Reason {
      case depth
      case ragged(expected: Int, actual: Int)
      case kind
    }
    let place: Int
    let reason: Reason
  }

  private let tape: JSONTape
  private let allowingNull: Bool
  private let start: Int
  private let memory: UnsafeMutableBufferPointer<Double>
  /// Numbers written so far.
  private(set) var filled = 0
  /// Lengths by depth, outermost first.
  private(set) var shape: [Int] = []

  init(
    tape: JSONTape, from start: Int, allowingNull: Bool,
    into memory: UnsafeMutableBufferPointer<Double>
  ) {
    self.tape = tape
    self.start = start
    self.allowingNull = allowingNull
    self.memory = memory
  }

  /// Fills the memory and the shape; the fault that stopped it, if any.
  mutating func collect() -> Fault? {
    // The first element of each level tells how deep numbers lie.
    var rank = 0
    var place = start
    while tape.mark(place) == JSONTape.Mark.arrayStart {
      rank += 1
      place += 1
    }
    shape = Array(repeating: -1, count: rank)
    if rank == 0 {
      return numbers(from: start, limit: 1) == start ? Fault(place: start, reason: .kind) : nil
    }
    return rows(rank: rank)
  }

  private mutating func rows(rank: Int) -> Fault? {
    var opened: [Int] = [start]  // places of the open arrays, outermost first
    var counts: [Int] = [0]  // elements seen in each
    var place = start + 1
    while let array = opened.last {
      let depth = opened.count - 1
      if depth == rank - 1 {
        let before = filled
        place = numbers(from: place, limit: memory.count)
        counts[depth] += filled - before
      }
      switch tape.mark(place) {
      case JSONTape.Mark.arrayEnd:
        let count = counts[depth]
        if shape[depth] < 0 {
          shape[depth] = count
        } else if shape[depth] != count {
          return Fault(place: array, reason: .ragged(expected: shape[depth], actual: count))
        }
        opened.removeLast()
        counts.removeLast()
        place += 1
      case JSONTape.Mark.arrayStart where depth < rank - 1:
        counts[depth] += 1
        opened.append(place)
        counts.append(0)
        place += 1
      case JSONTape.Mark.arrayStart, JSONTape.Mark.integer, JSONTape.Mark.unsigned,
        JSONTape.Mark.double:
        return Fault(place: place, reason: .depth)
      default:
        return Fault(place: place, reason: .kind)
      }
    }
    return nil
  }

  /// Copies numbers from a place on, up to the first word that is none;
  /// the place of that word.
  private mutating func numbers(from start: Int, limit: Int) -> Int {
    var place = start
    var written = filled
    let stop = min(memory.count, filled + limit)
    tape.withWords { words in
      scan: while written < stop {
        switch UInt8(truncatingIfNeeded: words[place] >> 56) {
        case JSONTape.Mark.double: memory[written] = Double(bitPattern: words[place + 1])
        case JSONTape.Mark.integer:
          memory[written] = Double(Int64(bitPattern: words[place + 1]))
        case JSONTape.Mark.unsigned: memory[written] = Double(words[place + 1])
        case JSONTape.Mark.null where allowingNull:
          memory[written] = .nan
          place -= 1  // one word, not two
        default: break scan
        }
        written += 1
        place += 2
      }
    }
    filled = written
    return place
  }
}
