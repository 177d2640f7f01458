package main

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// A container has some dozens.
const maxMounts = 4096

// What containerd, Docker and podman mount for a VOLUME of the image: a directory of the runtime.
var imageVolume = regexp.MustCompile(`/containers/[0-9a-f]{64}/volumes/[^/]+$|/volumes/[0-9a-f]{64}/_data$`)

// What a kubelet mounts for a volume of the pod.
var podVolume = regexp.MustCompile(`/pods/[^/]+/(?:volumes|volume-subpaths)/|^/(?:volumes|volume-subpaths)/kubernetes\.io~`)

// Reads mountinfo (proc_pid_mountinfo(5)), paths as the observed process sees them. A later mount
// at the same path hides the earlier one.
func readMounts(file io.Reader) []mount {
	var mounts []mount
	at := map[string]int{}
	lines := bufio.NewScanner(file)
	// An overlay of many layers has a long line.
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for lines.Scan() && len(mounts) < maxMounts {
		before, after, found := strings.Cut(lines.Text(), " - ")
		fields, types := strings.Fields(before), strings.Fields(after)
		if !found || len(fields) < 6 || len(types) < 1 {
			continue
		}
		each := mount{Path: unescape(fields[4]), FileSystem: types[0], ReadOnly: hasOption(fields[5], "ro")}
		if len(types) > 2 && hasOption(types[2], "ro") {
			each.ReadOnly = true
		}
		source := unescape(fields[3])
		switch {
		case imageVolume.MatchString(source):
			each.From = "image"
		case podVolume.MatchString(source):
			each.From = "pod"
		}
		if index, known := at[each.Path]; known {
			mounts[index] = each
			continue
		}
		at[each.Path] = len(mounts)
		mounts = append(mounts, each)
	}
	return mounts
}

func hasOption(options, wanted string) bool {
	for _, option := range strings.Split(options, ",") {
		if option == wanted {
			return true
		}
	}
	return false
}

// Spaces, tabs, line breaks and backslashes are written in octal.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var plain strings.Builder
	for index := 0; index < len(text); index++ {
		if text[index] == '\\' && index+3 < len(text) {
			if code, err := strconv.ParseUint(text[index+1:index+4], 8, 8); err == nil {
				plain.WriteByte(byte(code))
				index += 3
				continue
			}
		}
		plain.WriteByte(text[index])
	}
	return plain.String()
}

// Whether nobody but the kernel and the runtime has files in it.
func isVirtual(fileSystem string) bool {
	switch fileSystem {
	case "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "debugfs", "tracefs", "securityfs", "bpf":
		return true
	}
	return false
}

// The most memory that this process had.
func peakMemory() int64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "VmHWM:" {
			kibibytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes << 10
		}
	}
	return 0
}
