module lithopod.dev/observe

go 1.19
