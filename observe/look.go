package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"
)

// One look at the root of the observed container.
func look(wanted target, bounds limits) report {
	now := time.Now()
	found := report{
		Version: 1, Seen: now.UTC().Format(time.RFC3339), Users: []user{}, Written: []written{},
		Directories: []directory{}, Volumes: []string{}, Mounts: []mount{}, Unreadable: []string{},
	}
	processes := processesOf(wanted)
	if len(processes) == 0 {
		found.Problem = "no process of another container is seen: the process namespace is not shared"
		return found
	}
	found.Pid = processes[0].pid
	known := map[user]bool{}
	for _, each := range processes {
		if !known[each.user] && len(found.Users) < 64 {
			known[each.user] = true
			found.Users = append(found.Users, each.user)
		}
	}
	start, err := startOf(processes[0].pid)
	if err != nil {
		found.Problem = err.Error()
		return found
	}
	found.Started = start.UTC().Format(time.RFC3339)
	found.Seconds = float64(int(now.Sub(start).Seconds()*10)) / 10
	if err := enter(processes, &found); err != nil {
		found.Problem = err.Error()
		return found
	}
	scan(&found, start, bounds)
	found.Memory = peakMemory()
	return found
}

// Makes the observed root this program's working directory, and reads its mounts. The kernel lets
// nobody but SYS_PTRACE see the root of a process that changed its user without an exec: another
// process of the container will do.
func enter(processes []process, found *report) error {
	var first error
	tried := map[user]bool{}
	for _, each := range processes {
		// A user of whom no process could be read is not tried a hundred times.
		if tried[each.user] && len(tried) > 16 {
			continue
		}
		tried[each.user] = true
		err := asUser(each.user, func() error {
			root, err := os.Open(fmt.Sprintf("/proc/%d/root", each.pid))
			if err != nil {
				return err
			}
			defer root.Close()
			mounts, err := os.Open(fmt.Sprintf("/proc/%d/mountinfo", each.pid))
			if err != nil {
				return err
			}
			defer mounts.Close()
			found.Mounts = readMounts(mounts)
			return root.Chdir()
		})
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// What one directory has, with all that is below it.
type tally struct {
	imageEntries int
	imageFiles   int
	written      bool
}

type scanner struct {
	*report
	start  time.Time
	bounds limits
	device uint64
	mounts map[string]bool
}

func scan(found *report, start time.Time, bounds limits) {
	root, err := lstat(".")
	if err != nil {
		found.Problem = err.Error()
		return
	}
	s := scanner{report: found, start: start, bounds: bounds, device: uint64(root.Dev), mounts: map[string]bool{}}
	for _, each := range found.Mounts {
		if each.Path == "/" {
			found.FileSystem = each.FileSystem
		} else {
			s.mounts[each.Path] = true
		}
	}
	s.directory("", root, true, 0)
	for _, name := range []string{"bin/cp", "usr/bin/cp"} {
		if _, err := lstat(name); err == nil {
			found.Cp = true
		}
	}
	for index := range found.Mounts {
		s.countMount(&found.Mounts[index])
	}
	sort.Slice(found.Written, func(a, b int) bool { return found.Written[a].Path < found.Written[b].Path })
	sort.Slice(found.Directories, func(a, b int) bool { return found.Directories[a].Path < found.Directories[b].Path })
	sort.Strings(found.Unreadable)
	sort.Strings(found.Volumes)
}

func lstat(path string) (*syscall.Stat_t, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return info.Sys().(*syscall.Stat_t), nil
}

func (s *scanner) isNew(time syscall.Timespec) bool {
	sec, nsec := int64(time.Sec), int64(time.Nsec)
	return sec > s.start.Unix() || (sec == s.start.Unix() && nsec >= int64(s.start.Nanosecond()))
}

// `path` is absolute and empty for the root; `above`: names were made in the directory around it.
func (s *scanner) directory(path string, own *syscall.Stat_t, above bool, depth int) tally {
	var sum tally
	changed, touched := s.isNew(own.Ctim), s.isNew(own.Mtim)
	names, err := os.Open("." + path)
	if err != nil || depth > s.bounds.depth {
		s.unread(path)
		// Not empty as far as anybody knows.
		sum.imageEntries, sum.imageFiles = 1, 1
	}
	for err == nil && depth <= s.bounds.depth {
		var batch []string
		batch, err = names.Readdirnames(64)
		for _, name := range batch {
			s.entry(path+"/"+name, touched, depth, &sum)
		}
	}
	if names != nil {
		names.Close()
	}
	if changed && path != "" {
		s.finish(path, own, touched, above, sum)
		sum.written = true
	}
	return sum
}

func (s *scanner) entry(path string, touched bool, depth int, sum *tally) {
	if s.mounts[path] {
		return
	}
	if s.Entries >= s.bounds.entries {
		s.Incomplete = true
		return
	}
	s.Entries++
	own, err := lstat("." + path)
	if err != nil {
		return
	}
	if own.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		if uint64(own.Dev) != s.device {
			return
		}
		below := s.directory(path, own, touched, depth+1)
		sum.imageFiles += below.imageFiles
		sum.written = sum.written || below.written
		// What was copied up is the image's.
		if !s.isNew(own.Ctim) || below.imageEntries > 0 || !s.isNew(own.Mtim) {
			sum.imageEntries++
		}
		return
	}
	if !s.isNew(own.Ctim) {
		sum.imageEntries++
		sum.imageFiles++
		return
	}
	sum.written = true
	change := "unknown"
	if !touched {
		change = "changed"
	}
	s.list(path, own, change)
}

// A directory with a new ctime, after all that is in it.
func (s *scanner) finish(path string, own *syscall.Stat_t, touched, above bool, sum tally) {
	facts := directory{
		Path: path, ImageEntries: sum.imageEntries, ImageFiles: sum.imageFiles, Touched: touched,
		UID: int(own.Uid), GID: int(own.Gid), Mode: own.Mode & 07777,
	}
	isImage := sum.imageEntries > 0 || !above || !touched
	if isImage {
		facts.InImage = &isImage
	}
	if len(s.Directories) < s.bounds.listed {
		s.Directories = append(s.Directories, facts)
	} else {
		s.Incomplete = true
	}
	switch {
	case !isImage:
		s.list(path, own, "unknown")
	case !touched && !sum.written:
		s.list(path, own, "changed")
	}
}

func (s *scanner) list(path string, own *syscall.Stat_t, change string) {
	if len(s.Written) >= s.bounds.listed {
		s.Incomplete = true
		return
	}
	s.Written = append(s.Written, written{
		Path: clean(path), Type: typeOf(own.Mode), Change: change,
		UID: int(own.Uid), GID: int(own.Gid), Mode: own.Mode & 07777, Size: own.Size,
	})
}

func (s *scanner) unread(path string) {
	if path == "" {
		path = "/"
	}
	if len(s.Unreadable) < s.bounds.listed {
		s.Unreadable = append(s.Unreadable, clean(path))
	}
}

// A name may hold any bytes; JSON is UTF-8.
func clean(path string) string {
	return strings.ToValidUTF8(path, "\uFFFD")
}

func typeOf(mode uint32) string {
	switch mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return "file"
	case syscall.S_IFDIR:
		return "directory"
	case syscall.S_IFLNK:
		return "link"
	case syscall.S_IFSOCK:
		return "socket"
	case syscall.S_IFIFO:
		return "fifo"
	}
	return "device"
}

// How much a mount holds; of an image's VOLUME what its directory is, too.
func (s *scanner) countMount(each *mount) {
	if each.Path == "/" || isVirtual(each.FileSystem) || strings.HasPrefix(each.Path, "/proc/") || strings.HasPrefix(each.Path, "/sys/") {
		return
	}
	own, err := lstat("." + each.Path)
	if err != nil || own.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		return
	}
	if !each.ReadOnly {
		left := s.bounds.inMount
		if used, ok := usedIn("."+each.Path, uint64(own.Dev), &left, s.bounds.depth); ok {
			each.Used = &used
		}
	}
	if each.From != "image" {
		return
	}
	s.Volumes = append(s.Volumes, each.Path)
	inImage := true
	facts := directory{Path: each.Path, InImage: &inImage, Touched: s.isNew(own.Mtim), UID: int(own.Uid), GID: int(own.Gid), Mode: own.Mode & 07777}
	names, err := os.Open("." + each.Path)
	if err != nil {
		s.unread(each.Path)
		return
	}
	defer names.Close()
	for left := s.bounds.inMount; err == nil && left > 0; {
		var batch []string
		batch, err = names.Readdirnames(64)
		left -= len(batch)
		for _, name := range batch {
			// The runtime copied the image's own before the start.
			if inside, err := lstat("." + each.Path + "/" + name); err == nil && !s.isNew(inside.Ctim) {
				facts.ImageEntries++
			}
		}
	}
	s.Directories = append(s.Directories, facts)
}

func usedIn(path string, device uint64, left *int, depth int) (int64, bool) {
	names, err := os.Open(path)
	if err != nil || depth == 0 {
		return 0, false
	}
	defer names.Close()
	var sum int64
	for {
		batch, err := names.Readdirnames(64)
		for _, name := range batch {
			*left--
			if *left < 0 {
				return 0, false
			}
			own, err := lstat(path + "/" + name)
			if err != nil || uint64(own.Dev) != device {
				continue
			}
			sum += own.Blocks * 512
			if own.Mode&syscall.S_IFMT == syscall.S_IFDIR {
				below, ok := usedIn(path+"/"+name, device, left, depth-1)
				if !ok {
					return 0, false
				}
				sum += below
			}
		}
		if err != nil {
			return sum, true
		}
	}
}
