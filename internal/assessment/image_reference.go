package assessment

// ParseImage parses an image reference in the way of container runtimes. The name has its registry:
// "docker.io/library/nginx".
func ParseImage(reference string) (name, tag, digest string) {
	i := parseImage(reference)
	return i.name, i.tag, i.digest
}
