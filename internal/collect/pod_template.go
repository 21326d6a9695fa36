package collect

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/addons"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// addTemplate adds a workload, except a Job of a CronJob, which is read from its CronJob.
func addTemplate(found []assessment.Workload, o *unstructured.Unstructured) []assessment.Workload {
	if owner := metav1.GetControllerOf(o); owner != nil && owner.Kind == "CronJob" {
		return found
	}
	return append(found, workloadOf(o))
}

// podTemplate returns the metadata and the spec of the pods of a workload, or of a pod itself.
func podTemplate(o *unstructured.Unstructured) manifest {
	m := manifest(o.Object)
	switch o.GetKind() {
	case "Pod":
		return m
	case "CronJob":
		return m.at("spec", "jobTemplate", "spec", "template")
	}
	return m.at("spec", "template")
}

// workloadOf converts a workload. It keeps no environment variable, command or argument.
func workloadOf(o *unstructured.Unstructured) assessment.Workload {
	template := podTemplate(o)
	pod := template.at("spec")
	containers := slices.Concat(pod.list("initContainers"), pod.list("containers"), pod.list("ephemeralContainers"))
	w := assessment.Workload{
		Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(), CreatedAt: createdAt(o),
		HostNetwork: pod.truth("hostNetwork"), Privileged: pod.truth("hostPID") || pod.truth("hostIPC"),
		FromScaleway: addons.IsManaged(o), Volumes: podVolumes(pod, containers),
	}
	for _, container := range containers {
		if image := container.text("image"); image != "" {
			w.Images = append(w.Images, image)
		}
		w.Privileged = w.Privileged || container.truth("securityContext", "privileged")
		for _, port := range container.list("ports") {
			// In the host network, the API server sets hostPort to containerPort. A port on a loopback address can
			// only be reached from the node.
			number := port.number("hostPort")
			if number != 0 && !w.HostNetwork && !isLoopback(port.text("hostIP")) {
				w.HostPorts = append(w.HostPorts, number)
			}
		}
	}
	w.Images, w.HostPorts = sortedSet(w.Images), sortedSet(w.HostPorts)
	return w
}

// sortedSet sorts values and removes duplicates.
func sortedSet[T cmp.Ordered](values []T) []T {
	slices.Sort(values)
	return slices.Compact(values)
}

// podVolumes returns the volumes of a pod, except those that Kubernetes fills from its API, and claims, which are read
// from the API. Sources that Kubernetes adds later are returned with the name of their field.
func podVolumes(pod manifest, containers []manifest) []assessment.PodVolume {
	found := []assessment.PodVolume{}
	for _, volume := range pod.list("volumes") {
		source := ""
		for field := range volume {
			if field != "name" {
				source = field
			}
		}
		switch source {
		case "configMap", "downwardAPI", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret":
			continue
		case "":
			source = "emptyDir" // The default of the API server.
		}
		v := assessment.PodVolume{
			Name:   volume.text("name"),
			Type:   source,
			Detail: sourceDetail(source, volume.at(source)),
		}
		v.ReadOnly = !slices.ContainsFunc(containers, func(c manifest) bool { return mountsWritable(c, v.Name) })
		v.HoldsNoData = source == "csi" && slices.Contains(guardrails.DefaultInlineDrivers(), v.Detail)
		found = append(found, v)
	}
	slices.SortFunc(found, func(a, b assessment.PodVolume) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// sourceDetail returns what identifies the source of a volume: no user name and no Secret.
func sourceDetail(source string, content manifest) string {
	switch source {
	case "csi", "flexVolume":
		return content.text("driver")
	case "emptyDir":
		return content.text("medium")
	case "nfs":
		return content.text("server") + ":" + content.text("path")
	case "iscsi":
		return content.text("targetPortal")
	}
	return content.text("path")
}

// mountsWritable reports whether a container mounts a volume, and not only for reading.
func mountsWritable(container manifest, volume string) bool {
	return slices.ContainsFunc(container.list("volumeMounts"), func(mount manifest) bool {
		return mount.text("name") == volume && !mount.truth("readOnly")
	})
}
