package main

// The report of one look: a line of JSON. Fields may be added; none is removed or changes its
// meaning while Version is 1.
type report struct {
	Version int `json:"version"`
	// Why there is nothing else: nothing could be read of the process's root.
	Problem string  `json:"problem,omitempty"`
	Pid     int     `json:"pid"`
	Started string  `json:"started,omitempty"`
	Seen    string  `json:"seen"`
	Seconds float64 `json:"seconds"`
	// Of the container's processes, each once, that of the observed process first.
	Users       []user      `json:"users"`
	FileSystem  string      `json:"fileSystem"`
	Written     []written   `json:"written"`
	Directories []directory `json:"directories"`
	Volumes     []string    `json:"volumes"`
	Mounts      []mount     `json:"mounts"`
	Unreadable  []string    `json:"unreadable"`
	// How many files and directories were looked at, and whether there are more.
	Entries    int  `json:"entries"`
	Incomplete bool `json:"incomplete"`
	// The program that copies files is in the image.
	Cp bool `json:"cp"`
	// The most memory that this program had, in bytes.
	Memory int64 `json:"memory"`
}

type user struct {
	UID int `json:"uid"`
	GID int `json:"gid"`
}

type written struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Change string `json:"change"`
	UID    int    `json:"uid"`
	GID    int    `json:"gid"`
	Mode   uint32 `json:"mode"`
	Size   int64  `json:"size"`
}

type directory struct {
	Path string `json:"path"`
	// Absent where it is not known.
	InImage      *bool  `json:"inImage,omitempty"`
	ImageEntries int    `json:"imageEntries"`
	ImageFiles   int    `json:"imageFiles"`
	Touched      bool   `json:"touched"`
	UID          int    `json:"uid"`
	GID          int    `json:"gid"`
	Mode         uint32 `json:"mode"`
}

type mount struct {
	Path       string `json:"path"`
	FileSystem string `json:"fileSystem"`
	ReadOnly   bool   `json:"readOnly"`
	// `pod` or `image`: who asked for it; absent where it is not known.
	From string `json:"from,omitempty"`
	// In bytes; absent where nobody counted, or there is more than was counted.
	Used *int64 `json:"used,omitempty"`
}
