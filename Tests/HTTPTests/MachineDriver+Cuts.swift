extension MachineDriver {
  /// What happens when the bytes come in parts, cut at these offsets.
  ///
  /// `100 Continue` depends on what has arrived, by design; everything else may not. Whether a
  /// connection ends by closing at once or by lingering depends on the bytes behind its last answer
  /// that have come already, so both count as the end.
  static func happenings(of bytes: [UInt8], cuts: [Int], ends: Bool) -> [Event] {
    var driver = MachineDriver()
    var start = 0
    for cut in cuts + [bytes.count] {
      driver.receive(bytes[start..<max(cut, start)])
      start = max(cut, start)
    }
    if ends { driver.end() }
    let events = driver.events.filter { $0 != .continued }
    guard let end = events.firstIndex(where: { $0 == .shutdown || $0 == .closed }) else {
      return events
    }
    return Array(events[..<end]) + [.closed]
  }
}
