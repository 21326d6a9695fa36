package inventory

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Subject is the kind of a setting to adapt.
type Subject string

// The subjects, in the order of a report.
const (
	ServiceAnnotation Subject = "service_annotation" // Of the cloud controller manager.
	OtherAnnotation   Subject = "annotation"
	LabelKey          Subject = "label"
	NodeSelector      Subject = "node_selector"
	NodeAffinity      Subject = "node_affinity"
	TolerationKey     Subject = "toleration"
	TopologyKey       Subject = "topology_key"
	ClassName         Subject = "storage_class" // A class of Scaleway's drivers, used by claims.
	DriverName        Subject = "driver"        // A driver of Scaleway, used by volumes and classes.
	AddressField      Subject = "load_balancer_ip"
	RegistryName      Subject = "registry"
	PullSecret        Subject = "pull_secret"
	HostName          Subject = "dns_name"
	RoleSubject       Subject = "rbac_subject"
	KindName          Subject = "kind" // A kind that only this network or this host has.
)

// Subjects returns all subjects in the order of a report.
func Subjects() []Subject {
	return []Subject{
		ServiceAnnotation, OtherAnnotation, LabelKey, NodeSelector, NodeAffinity, TolerationKey, TopologyKey,
		ClassName, DriverName, AddressField, RegistryName, PullSecret, HostName, RoleSubject, KindName,
	}
}

// ServicePrefix is the prefix of the annotations of Scaleway's cloud controller manager.
const ServicePrefix = "service.beta.kubernetes.io/scw-loadbalancer-"

// ServiceAnnotations returns the annotations that Scaleway's cloud controller manager reads, without ServicePrefix.
// Source: loadbalancers_annotations.go of its repository.
func ServiceAnnotations() []string {
	return []string{
		"certificate-ids", "connection-rate-limit", "enable-access-logs", "enable-http3", "externally-managed",
		"failover-host", "flexible-ip-types", "force-internal-ip", "forward-port-algorithm", "health-check-delay",
		"health-check-from-service", "health-check-http-code", "health-check-http-method", "health-check-http-uri",
		"health-check-max-retries", "health-check-mysql-user", "health-check-pgsql-user", "health-check-send-proxy",
		"health-check-timeout", "health-check-type", "health-transient-check-delay", "http-backend-tls",
		"http-backend-tls-skip-verify", "id", "ip-ids", "ip-mode", "max-connections", "max-retries",
		"on-marked-down-action", "pn-ids", "private", "private-ip-ids", "protocol-http", "proxy-protocol-v1",
		"proxy-protocol-v2", "redispatch-attempt-count", "send-proxy-v2", "ssl-compatibility-level",
		"sticky-sessions", "sticky-sessions-cookie-name", "target-node-labels", "timeout-client", "timeout-connect",
		"timeout-queue", "timeout-server", "timeout-tunnel", "type", "use-hostname", "zone",
	}
}

// isScalewayDomain reports whether a host name belongs to Scaleway.
func isScalewayDomain(host string) bool {
	for _, domain := range []string{"scaleway.com", "scw.cloud", "scw.eu"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// IsScalewayKey reports whether the key of a label, an annotation or a taint has a prefix of Scaleway:
// "k8s.scaleway.com/pool-name".
func IsScalewayKey(key string) bool {
	prefix, _, hasPrefix := strings.Cut(key, "/")
	return hasPrefix && isScalewayDomain(prefix)
}

// IsScalewayDriver reports whether a driver or a provisioner is one of Scaleway: "csi.scaleway.com".
func IsScalewayDriver(name string) bool { return isScalewayDomain(name) }

// IsScalewayHost reports whether a host name, also one with a wildcard, is in a domain of Scaleway.
func IsScalewayHost(host string) bool { return isScalewayDomain(strings.TrimPrefix(host, "*.")) }

// IsScalewayClass reports whether the name of a StorageClass is one that Scaleway creates in new clusters. It decides
// only if the class itself is not known.
func IsScalewayClass(name string) bool {
	for _, own := range []string{"sbs-default", "sbs-5k", "sbs-15k", "scw-bssd", "sfs-standard", "scw-fs"} {
		if name == own || name == own+"-retain" {
			return true
		}
	}
	return false
}

// IsScalewaySubject reports whether a subject of RBAC is an identity of Scaleway's IAM.
func IsScalewaySubject(name string) bool {
	for _, prefix := range []string{"scaleway:bearer:", "scaleway:group:", "scaleway:groups:"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// scalewayZone matches a region or an Availability Zone of Scaleway.
var scalewayZone = regexp.MustCompile(`^(fr-par|nl-ams|pl-waw|it-mil)(-\d)?$`)

// PlacementValue returns what a label of nodes is in an adaptation, and false if the label exists at every host with
// the same values.
func PlacementValue(key string, values ...string) (string, bool) {
	if IsScalewayKey(key) {
		return key, true
	}
	switch key {
	case "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/region":
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !scalewayZone.MatchString(v) })
	case "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type", "kubernetes.io/hostname":
	default:
		return "", false
	}
	if len(values) == 0 {
		return "", false
	}
	return key + "=" + strings.Join(values, ","), true
}

// scanKey is an adaptation without its objects.
type scanKey struct {
	subject Subject
	value   string
}

// uses are the uses of a setting.
type uses struct {
	count   int
	objects map[string]struct{}
}

// Adder collects adaptations. Its zero value is ready for use. It is not safe for concurrent use.
type Adder struct{ found map[scanKey]*uses }

// Add adds one use of a setting.
func (a *Adder) Add(subject Subject, value, object string) {
	if a.found == nil {
		a.found = map[scanKey]*uses{}
	}
	key := scanKey{subject, value}
	one := a.found[key]
	if one == nil {
		one = &uses{objects: map[string]struct{}{}}
		a.found[key] = one
	}
	one.count++
	one.objects[object] = struct{}{}
}

// AddMetadata adds what the metadata of an object has from Scaleway.
func (a *Adder) AddMetadata(id string, labels, annotations map[string]string) {
	for key := range annotations {
		switch {
		case strings.HasPrefix(key, ServicePrefix):
			a.Add(ServiceAnnotation, key, id)
		case IsScalewayKey(key):
			a.Add(OtherAnnotation, key, id)
		}
	}
	for key := range labels {
		if IsScalewayKey(key) {
			a.Add(LabelKey, key, id)
		}
	}
}

// Adaptations returns what was added, in the order of subjects and values.
func (a *Adder) Adaptations() []Adaptation {
	all := []Adaptation{}
	for key, one := range a.found {
		objects := slices.Sorted(maps.Keys(one.objects))
		all = append(all, Adaptation{
			Subject: key.subject, Value: key.value, Count: one.count,
			Objects: slices.Clone(objects[:min(len(objects), MaxObjects)]),
		})
	}
	slices.SortFunc(all, func(x, y Adaptation) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Subjects(), x.Subject), slices.Index(Subjects(), y.Subject)),
			cmp.Compare(x.Value, y.Value),
		)
	})
	return all
}
