package guardrails

import (
	"fmt"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// loadBalancer is the prefix of the annotations of Scaleway's cloud controller manager.
const loadBalancer = "service.beta.kubernetes.io/scw-loadbalancer-"

func (s Settings) workloadPolicies() []policy {
	judged := []string{}
	for _, name := range []string{"zone", "id", "certificate-ids", "protocol-http", "http-backend-tls-skip-verify"} {
		judged = append(judged, loadBalancer+name)
	}
	judged = append(judged, AnnotationPassthrough)
	specChanged := named{"changed", "oldObject == null || object.spec != oldObject.spec"}
	return []policy{
		{
			name: LoadBalancers, resource: "services", operations: onChange(), rule: s.LoadBalancers, checks: loadBalancerChecks(),
			conditions: []named{
				{"load-balancer", "has(object.spec.type) && object.spec.type == 'LoadBalancer'"}, notDeleting(),
				{"changed", fmt.Sprintf("oldObject == null || object.spec != oldObject.spec || %s.exists(k, %s != %s)", list(judged), annotationOf("object", "k"), annotationOf("oldObject", "k"))},
			},
			variables: []named{
				{"certificates", annotation(loadBalancer+"certificate-ids") + ".trim()"},
				{"http", annotation(loadBalancer + "protocol-http")},
				{"passthrough", annotation(AnnotationPassthrough) + " == 'true'"},
			},
		},
		{
			name: Ingresses, group: "networking.k8s.io", resource: "ingresses", operations: onChange(), rule: s.Ingress, checks: ingressChecks(),
			conditions: []named{notDeleting(), specChanged},
		},
		{
			name: Gateways, group: "gateway.networking.k8s.io", resource: "gateways", operations: onChange(), rule: s.Ingress, checks: gatewayChecks(),
			conditions: []named{notDeleting(), specChanged},
		},
		{
			name: NodeDisk, resource: "pods", operations: onCreate(), rule: s.NodeDisk, checks: nodeDiskChecks(),
			// The managed add-ons cannot do without the node's disk.
			conditions: []named{{"not-kube-system", "request.namespace != " + text(KubeSystem)}},
		},
		{
			name: Changes, group: "*", resource: "*", operations: []any{"CREATE", "UPDATE", "DELETE"}, namespace: KubeSystem, rule: s.KubeSystem,
			// The selector of namespaces lets every object of the cluster's scope through; a request on a namespace has its name.
			conditions: []named{{"kube-system", "has(request.namespace) && request.namespace == " + text(KubeSystem)},
				{"not-being-deleted", "request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)"}},
			checks: []check{{
				expression: fmt.Sprintf("request.userInfo.username in %s || has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in %s)", list(s.Users), list(s.Groups)),
				message: `"LIF-07: kube-system is to stay as Scaleway ships it: what " + request.userInfo.username + " changes there becomes the customer's responsibility (TRF-02) and can fail upgrades. ` +
					`Use another namespace."`,
			}},
		},
	}
}

func loadBalancerChecks() []check {
	// A list of ports, as in "80,443", or all of them.
	http := "(variables.http in ['true', '*'] || variables.http.split(',').exists(x, x.trim() == string(p.port)))"
	certified := "(variables.certificates != '' && (!variables.certificates.contains(':') || variables.certificates.split(';').exists(e, " +
		"e.contains(':') && e.split(':')[1].trim() != '' && e.split(':')[0].split(',').exists(x, x.trim() == string(p.port)))))"
	zone, id, skip := annotation(loadBalancer+"zone"), annotation(loadBalancer+"id"), annotation(loadBalancer+"http-backend-tls-skip-verify")
	return []check{
		{
			expression: fmt.Sprintf("%s in %s && (%s == '' || %s.exists(z, %s.startsWith(z + '/')))", zone, list(append([]string{""}, compliance.Zones()...)), id, list(compliance.Zones()), id),
			message:    `"HDS-RES-02: the Load Balancer must be in a zone of fr-par: fr-par-1, fr-par-2 or fr-par-3. Correct the annotation ` + loadBalancer + `zone or -id."`,
		},
		{
			expression: fmt.Sprintf("has(object.spec.ports) && object.spec.ports.all(p, %s && %s || variables.passthrough && !%s)", certified, http, http),
			message: `"HDS-ENC-01: every port of a Load Balancer must terminate TLS: set ` + loadBalancer + `certificate-ids and -protocol-http for it. ` +
				`If the workload terminates TLS itself, leave both out and declare it with the annotation ` + AnnotationPassthrough + `: \"true\"."`,
		},
		{
			expression: skip + " in ['', 'false']",
			message:    `"HDS-ENC-01: the Load Balancer must verify its backends. Remove the annotation ` + loadBalancer + `http-backend-tls-skip-verify."`,
		},
	}
}

func ingressChecks() []check {
	covered := "has(object.spec.tls) && object.spec.tls.exists(t, has(t.hosts) && t.hosts.exists(h, h == r.host || " +
		"h.startsWith('*.') && r.host.contains('.') && r.host.substring(r.host.indexOf('.')) == h.substring(1)))"
	return []check{
		{
			expression: "has(object.spec.rules) && object.spec.rules.all(r, has(r.host) && r.host != '' && " + covered + ")",
			message:    `"HDS-ENC-01: every rule of an Ingress needs a host, and spec.tls must list each host, exactly or by a wildcard of one label."`,
		},
		{
			expression: "!has(object.spec.defaultBackend)",
			message:    `"HDS-ENC-01: a default backend answers hosts that spec.tls does not cover. Remove spec.defaultBackend and name the hosts in rules."`,
		},
	}
}

func gatewayChecks() []check {
	return []check{{
		expression: "has(object.spec.listeners) && object.spec.listeners.all(l, has(l.protocol) && l.protocol in ['HTTPS', 'TLS'])",
		message:    `"HDS-ENC-01: the listeners of a Gateway must have the protocol HTTPS or TLS."`,
	}}
}

func nodeDiskChecks() []check {
	return []check{{
		expression: "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath) && (!has(v.emptyDir) || has(v.emptyDir.medium) && v.emptyDir.medium != ''))",
		message: `"HDS-ENC-03: the disks of nodes are not encrypted: an emptyDir on disk and a hostPath must hold no health data. ` +
			`Use a claim, or an emptyDir with medium Memory."`,
	}}
}
