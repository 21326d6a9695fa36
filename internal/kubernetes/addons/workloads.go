package addons

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// changesNodes says what lets a workload change the kubelet or the network of its nodes; empty where nothing does. To
// look at a node, as monitoring does with read-only mounts, is no change.
func changesNodes(object *unstructured.Unstructured) string {
	pod, ok, err := unstructured.NestedMap(object.Object, "spec", "template", "spec")
	if err != nil || !ok {
		return ""
	}
	why := []string{}
	for _, directory := range nodePaths(pod) {
		why = append(why, fmt.Sprintf("mounts %s of the node writable", directory))
	}
	if flag(pod, "hostPID") && anyContainer(pod, privileged) {
		why = append(why, "is privileged and sees the processes of the node")
	}
	if flag(pod, "hostNetwork") && anyContainer(
		pod, func(c map[string]any) bool { return privileged(c) || networkAdministrator(c) },
	) {
		why = append(why, "administers the network of the node")
	}
	return strings.Join(why, ", ")
}

// nodePaths are the directories of the node that the pod mounts writable and that the kubelet or the network is
// configured in.
func nodePaths(pod map[string]any) []string {
	writable := map[string]bool{}
	for _, container := range containers(pod) {
		for _, mount := range list(container, "volumeMounts") {
			if name, ok := mount["name"].(string); ok && !flag(mount, "readOnly") {
				writable[name] = true
			}
		}
	}
	found := []string{}
	for _, volume := range list(pod, "volumes") {
		name, _, nameErr := unstructured.NestedString(volume, "name")
		directory, _, pathErr := unstructured.NestedString(volume, "hostPath", "path")
		if nameErr == nil && pathErr == nil && directory != "" && writable[name] && configures(directory) {
			found = append(found, directory)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// configures tells whether the kubelet or the network of a node is configured in a directory, or below it. The
// kubelet's directories for pods, plugins and devices are where storage and device plugins belong.
func configures(directory string) bool {
	directory = path.Clean("/" + directory) // the API server takes "//etc/./cni" as it is
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
			"/", "/etc", "/opt", "/var", "/var/lib", "/var/lib/kubelet", "/var/lib/kubelet/config.yaml", "/usr", "/usr/lib",
			"/lib",
		}, directory,
	)
}

func containers(pod map[string]any) []map[string]any {
	return append(list(pod, "initContainers"), list(pod, "containers")...)
}

func anyContainer(pod map[string]any, is func(map[string]any) bool) bool {
	return slices.ContainsFunc(containers(pod), is)
}

func privileged(container map[string]any) bool {
	set, _, err := unstructured.NestedBool(container, "securityContext", "privileged")
	return err == nil && set
}

func networkAdministrator(container map[string]any) bool {
	added, _, err := unstructured.NestedStringSlice(container, "securityContext", "capabilities", "add")
	return err == nil && slices.ContainsFunc(added, func(name string) bool {
		return slices.Contains([]string{"NET_ADMIN", "CAP_NET_ADMIN", "ALL"}, strings.ToUpper(name))
	})
}

// flag is a boolean of an object, false where it has none.
func flag(object map[string]any, name string) bool {
	set, ok := object[name].(bool)
	return ok && set
}

// list is the objects in a list of an object.
func list(object map[string]any, name string) []map[string]any {
	found := []map[string]any{}
	elements, ok := object[name].([]any)
	if !ok {
		return found
	}
	for _, element := range elements {
		if one, ok := element.(map[string]any); ok {
			found = append(found, one)
		}
	}
	return found
}
