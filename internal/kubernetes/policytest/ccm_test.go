package policytest

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file implements how Scaleway's cloud controller manager (CCM) parses the annotations of a Service. It follows
// the source of the CCM and uses the same functions of Go's standard library. TestLoadBalancerAnnotations compares its
// table with it to find wrong rows.

const lbPrefix = "service.beta.kubernetes.io/scw-loadbalancer-"

var (
	errUnreadable = errors.New("the CCM cannot parse the value")
	uuid          = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

type servicePort struct {
	port, nodePort int
	protocol       string
}

// portInRange reports whether a list of ports contains a port.
func portInRange(value string, port int) (bool, error) {
	if all, err := strconv.ParseBool(value); err == nil && value != "1" && value != "0" {
		return all, nil
	}
	if value == "*" || value == "" {
		return value == "*", nil
	}
	for entry := range strings.SplitSeq(strings.ReplaceAll(value, " ", ""), ",") {
		number, err := strconv.ParseInt(entry, 0, 64)
		if err != nil || number < 1 || number > 65535 {
			return false, errUnreadable
		}
		if int(number) == port {
			return true, nil
		}
	}
	return false, nil
}

// certificates returns the certificate IDs for a port, without the part before "/".
func certificates(value string, port int) ([]string, error) {
	found := []string{}
	if value == "" {
		return found, nil
	}
	for entry := range strings.SplitSeq(value, ";") {
		parts := strings.Split(entry, ":")
		if len(parts) == 1 {
			found = append(found, strings.Split(parts[0], ",")...)
			continue
		}
		in, err := portInRange(parts[0], port)
		if err != nil {
			return nil, err
		}
		if in {
			found = append(found, strings.Split(parts[1], ",")...)
		}
	}
	for i, id := range found {
		if !strings.Contains(id, "/") {
			continue
		}
		parts := strings.Split(id, "/")
		if len(parts) != 2 {
			return nil, errUnreadable
		}
		found[i] = parts[1]
	}
	return found, nil
}

// ccmDecision returns the decision that follows from the Load Balancer that the CCM creates for a Service.
func ccmDecision(annotations map[string]string, ports []servicePort, passthrough bool) decision {
	const refused, plain decision = "deny srm-load-balancers", "warn srm-backend-tls"
	result := allow
	if !isInRegion(annotations) {
		return refused
	}
	if level, ok := annotations[lbPrefix+"ssl-compatibility-level"]; ok &&
		level != "ssl_compatibility_level_intermediate" && level != "ssl_compatibility_level_modern" {
		return refused
	}
	if host := strings.ToLower(annotations[lbPrefix+"failover-host"]); host != "" &&
		(!strings.HasSuffix(host, ".s3-website.fr-par.scw.cloud") || strings.ContainsAny(host, "/: ")) {
		return refused
	}
	for _, p := range ports {
		backend := p.port
		for _, other := range ports {
			if other.nodePort == p.nodePort {
				backend = other.port
			}
		}
		http, err1 := portInRange(annotations[lbPrefix+"protocol-http"], backend)
		bridged, err2 := portInRange(annotations[lbPrefix+"http-backend-tls"], backend)
		skips, err3 := portInRange(annotations[lbPrefix+"http-backend-tls-skip-verify"], backend)
		ids, err4 := certificates(annotations[lbPrefix+"certificate-ids"], p.port)
		switch {
		case errors.Join(err1, err2, err3, err4) != nil, skips:
			return refused
		case http && (len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return !uuid.MatchString(id) })):
			return refused
		case !http && !passthrough:
			return refused
		case http && !bridged:
			result = plain
		}
	}
	return result
}

func isInRegion(annotations map[string]string) bool {
	zones := []string{strings.ToLower(annotations[lbPrefix+"zone"])}
	if id, ok := annotations[lbPrefix+"id"]; ok {
		parts := strings.Split(strings.ToLower(id), "/")
		switch {
		case len(parts) != 2:
			return false
		case parts[1] == "":
		case parts[0] == "fr-par":
			zones = append(zones, "fr-par-1")
		default:
			zones = append(zones, parts[0])
		}
	}
	return !slices.ContainsFunc(zones, func(zone string) bool {
		return !slices.Contains([]string{"", "fr-par-1", "fr-par-2", "fr-par-3"}, zone)
	})
}
