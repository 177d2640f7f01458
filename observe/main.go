// Command observe prints what a process's root file system has that its image had not.
//
// It runs beside the process: in a container that shares its process namespace. On an overlay every
// file and directory that a container made, changed or copied up has a time of change (ctime) after
// the container's start, which no program can set; the image's own have that of their unpacking. A
// directory with a new ctime and an old mtime was only copied up for something below it.
//
// Nothing but the standard library, no cgo: one static file, built for each platform. Its memory
// counts against the pod that it looks at, which is why it is no part of the Node program
// (docs/adr/0009-a-static-program-looks.md). The output is schemas/look-report.v1.schema.json.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

// Limits on what one look reads and prints.
type limits struct {
	entries int // of the file system, looked at
	listed  int // paths printed
	depth   int // of directories
	inMount int // entries counted in one mount
}

const (
	exitFine   = 0
	exitDenied = 1
	exitUsage  = 2
)

func main() {
	// A small heap: garbage is collected as soon as it has doubled, and the kernel gets it back.
	debug.SetGCPercent(25)
	debug.SetMemoryLimit(12 << 20)
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	flags := flag.NewFlagSet("observe", flag.ContinueOnError)
	pid := flags.Int("pid", 0, "the `process` to look at; by default the first of the container")
	container := flags.String("container", "", "the runtime's `id` of the container to look at, where several share the process namespace")
	watch := flags.Duration("watch", 0, "go on for so `long`, and print one line at each look")
	every := flags.Duration("every", 10*time.Minute, "the `pause` between two looks")
	bounds := limits{depth: 128}
	flags.IntVar(&bounds.entries, "max-entries", 2_000_000, "look at so `many` files and directories at most")
	flags.IntVar(&bounds.listed, "max-listed", 20_000, "print so `many` paths at most")
	flags.IntVar(&bounds.inMount, "max-in-mount", 100_000, "count so `many` entries of one mount at most")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return exitFine
		}
		return exitUsage
	}
	if flags.NArg() > 0 || *pid < 0 || *watch < 0 || *every < time.Second || bounds.entries < 1 || bounds.listed < 1 || bounds.inMount < 1 {
		fmt.Fprintln(os.Stderr, "observe: takes no operands; numbers are positive, and --every is at least 1s")
		return exitUsage
	}
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	end := time.Now().Add(*watch)
	for {
		report := look(target{pid: *pid, container: *container}, bounds)
		if err := output.Encode(report); err != nil {
			return exitDenied
		}
		if report.Problem != "" {
			return exitDenied
		}
		if !time.Now().Add(*every).Before(end) {
			return exitFine
		}
		time.Sleep(*every)
	}
}
