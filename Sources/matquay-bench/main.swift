// The program `matquay-bench`: every speed claim of this project, measured against a baseline in
// the same run. A benchmark is a subcommand in a file of its own, listed in BenchCommand.

import ArgumentParser

BenchCommand.main()
