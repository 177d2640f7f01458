package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Which process to look at.
type target struct {
	pid       int
	container string
}

type process struct {
	pid int
	user
	cgroup string
}

// More processes than this are not looked at: their users are found among the first.
const maxProcesses = 4096

// The processes of the observed container, the first one first. Without a container's id: those
// outside the control group of this program, which is another container.
func processesOf(wanted target) []process {
	own := firstLine("/proc/self/cgroup")
	all := allProcesses()
	pick := func(matches func(process) bool) []process {
		var picked []process
		for _, each := range all {
			if matches(each) {
				picked = append(picked, each)
			}
		}
		return picked
	}
	if wanted.pid > 0 {
		return pick(func(p process) bool { return p.pid == wanted.pid })
	}
	if wanted.container != "" {
		found := pick(func(p process) bool { return strings.Contains(p.cgroup, wanted.container) })
		if len(found) > 0 {
			return found
		}
	}
	others := pick(func(p process) bool { return p.cgroup != own && p.pid != os.Getpid() })
	if len(others) > 0 {
		return others
	}
	// Where control groups are hidden: the first process is another than this one.
	return pick(func(p process) bool { return p.pid == 1 && os.Getpid() != 1 })
}

func allProcesses() []process {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	sort.Ints(pids)
	if len(pids) > maxProcesses {
		pids = pids[:maxProcesses]
	}
	var found []process
	for _, pid := range pids {
		if who, ok := userOf(pid); ok {
			found = append(found, process{pid, who, firstLine(fmt.Sprintf("/proc/%d/cgroup", pid))})
		}
	}
	return found
}

// The effective ids, which everybody may read.
func userOf(pid int) (user, bool) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return user{}, false
	}
	defer file.Close()
	var found user
	seen := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 {
			continue
		}
		switch fields[0] {
		case "Uid:":
			found.UID, _ = strconv.Atoi(fields[2])
			seen++
		case "Gid:":
			found.GID, _ = strconv.Atoi(fields[2])
			seen++
		}
	}
	return found, seen == 2
}

func firstLine(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Scan()
	return lines.Text()
}

// The clock ticks of /proc are hundredths of a second on every platform of Linux.
const tick = 10 * time.Millisecond

// Files that the runtime unpacks just before are older than this, and what the program writes is
// not: /proc rounds both times to a tick.
const slack = 2 * tick

// When the process began, by the clock that files have now.
func startOf(pid int) (time.Time, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return time.Time{}, err
	}
	// The name of the program, in parentheses, may hold spaces and parentheses.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 20 {
		return time.Time{}, fmt.Errorf("/proc/%d/stat has too few fields", pid)
	}
	ticks, err := strconv.ParseInt(fields[19], 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	up, err := strconv.ParseFloat(strings.Fields(firstLine("/proc/uptime") + " ")[0], 64)
	if err != nil {
		return time.Time{}, err
	}
	age := time.Duration(up*float64(time.Second)) - time.Duration(ticks)*tick
	return time.Now().Add(-age).Add(-slack), nil
}

// Opens files below /proc/PID that the kernel shows only to a process of the same user and group:
// this program becomes that user for as long as it takes, where it may.
func asUser(who user, open func() error) error {
	uid, gid := os.Geteuid(), os.Getegid()
	if who.UID == uid && who.GID == gid {
		return open()
	}
	if err := open(); err == nil {
		return nil
	}
	if err := syscall.Setresgid(-1, who.GID, -1); err != nil {
		return err
	}
	defer syscall.Setresgid(-1, gid, -1)
	if err := syscall.Setresuid(-1, who.UID, -1); err != nil {
		return err
	}
	defer syscall.Setresuid(-1, uid, -1)
	return open()
}
