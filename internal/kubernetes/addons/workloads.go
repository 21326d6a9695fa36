package addons

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// nodeChangeReason returns why a workload can change the kubelet or the network of its nodes, or "" if it cannot. It
// ignores read-only access to a node, which monitoring agents need.
func nodeChangeReason(object *unstructured.Unstructured) string {
	pod, ok, err := unstructured.NestedMap(object.Object, "spec", "template", "spec")
	if err != nil || !ok {
		return ""
	}
	reasons := []string{}
	for _, directory := range writableNodePaths(pod) {
		reasons = append(reasons, fmt.Sprintf("mounts %s of the node writable", directory))
	}
	if boolField(pod, "hostPID") && anyContainer(pod, isPrivileged) {
		reasons = append(reasons, "is privileged and shares the process namespace of the node")
	}
	if boolField(pod, "hostNetwork") && anyContainer(
		pod, func(c map[string]any) bool { return isPrivileged(c) || isNetworkAdmin(c) },
	) {
		reasons = append(reasons, "administers the network of the node")
	}
	return strings.Join(reasons, ", ")
}

// writableNodePaths returns the directories with the configuration of the kubelet or the network that a pod mounts
// writable.
func writableNodePaths(pod map[string]any) []string {
	writable := map[string]bool{}
	for _, container := range containers(pod) {
		for _, mount := range objectList(container, "volumeMounts") {
			if name, ok := mount["name"].(string); ok && !boolField(mount, "readOnly") {
				writable[name] = true
			}
		}
	}
	found := []string{}
	for _, volume := range objectList(pod, "volumes") {
		name, _, nameErr := unstructured.NestedString(volume, "name")
		directory, _, pathErr := unstructured.NestedString(volume, "hostPath", "path")
		if nameErr == nil && pathErr == nil && directory != "" && writable[name] && isNodeConfigPath(directory) {
			found = append(found, directory)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// isNodeConfigPath reports whether a directory contains the configuration of the kubelet or the network of a node. The
// kubelet's directories for pods, plugins and devices do not count, because storage and device plugins mount them.
func isNodeConfigPath(directory string) bool {
	directory = path.Clean("/" + directory) // the API server accepts "//etc/./cni"
	for _, tree := range []string{
		"/etc/kubernetes", "/etc/cni", "/opt/cni", "/etc/systemd", "/usr/lib/systemd", "/lib/systemd", "/etc/netplan",
		"/etc/sysctl.d",
	} {
		if directory == tree || strings.HasPrefix(directory, tree+"/") {
			return true
		}
	}
	return slices.Contains(
		[]string{
			"/", "/etc", "/opt", "/var", "/var/lib", "/var/lib/kubelet", "/var/lib/kubelet/config.yaml", "/usr",
			"/usr/lib",
			"/lib",
		}, directory,
	)
}

func containers(pod map[string]any) []map[string]any {
	return append(objectList(pod, "initContainers"), objectList(pod, "containers")...)
}

func anyContainer(pod map[string]any, matches func(map[string]any) bool) bool {
	return slices.ContainsFunc(containers(pod), matches)
}

func isPrivileged(container map[string]any) bool {
	value, _, err := unstructured.NestedBool(container, "securityContext", "privileged")
	return err == nil && value
}

func isNetworkAdmin(container map[string]any) bool {
	added, _, err := unstructured.NestedStringSlice(container, "securityContext", "capabilities", "add")
	return err == nil && slices.ContainsFunc(added, func(name string) bool {
		return slices.Contains([]string{"NET_ADMIN", "CAP_NET_ADMIN", "ALL"}, strings.ToUpper(name))
	})
}

// boolField returns a boolean field of an object, or false if it is absent.
func boolField(object map[string]any, name string) bool {
	value, ok := object[name].(bool)
	return ok && value
}

// objectList returns the objects in a list field of an object.
func objectList(object map[string]any, name string) []map[string]any {
	found := []map[string]any{}
	elements, ok := object[name].([]any)
	if !ok {
		return found
	}
	for _, element := range elements {
		if item, ok := element.(map[string]any); ok {
			found = append(found, item)
		}
	}
	return found
}
