package policytest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

const (
	certificate      = "11111111-2222-4333-8444-555555555555"
	otherCertificate = "66666666-7777-4888-9999-AAAAAAAAAAAA"

	refusedLB    decision = "deny srm-load-balancers"
	plainBackend decision = "warn srm-backend-tls"
)

// spelling is a row of the table: values of one annotation that the CCM treats the same.
type spelling struct {
	ccm      string // the behavior of the CCM
	expected decision
	values   []string
}

// annotationTable holds the spellings of one annotation on a Service with other annotations.
type annotationTable struct {
	annotation string
	// others are the other annotations. ports are the ports of the Service; 443 if empty.
	others    map[string]string
	ports     []servicePort
	namespace string
	spellings []spelling
}

// encryptedAnnotations returns annotations for TLS at the Load Balancer and to the backend, with additional ones.
func encryptedAnnotations(extra map[string]string) map[string]string {
	found := map[string]string{
		lbPrefix + "certificate-ids": certificate, lbPrefix + "protocol-http": "true",
		lbPrefix + "http-backend-tls": "true",
	}
	maps.Copy(found, extra)
	return found
}

func annotationTables() []annotationTable {
	passed := map[string]string{guardrails.AnnotationPassthrough: "true"}
	two := []servicePort{{port: 443, nodePort: 30443}, {port: 8443, nodePort: 30444}}
	return []annotationTable{
		{annotation: lbPrefix + "protocol-http", others: encryptedAnnotations(nil), spellings: []spelling{
			{"forwards HTTP on every port (ParseBool, *)", allow, []string{"true", "True", "TRUE", "t", "T", "*"}},
			{"forwards HTTP on the port (ParseInt with base 0, blanks removed)", allow, []string{
				"443", " 443", "443 ", "4 4 3", "+443", "4_43", "80,443", "80, 443", "1,443", "443,443",
				"0x1bb", "0X1BB", "0x1_bB", "0x_1bb", "0x0001BB", "+0x1bb", "0o673", "0O673", "0o_673", "0673",
				"00673", "0_673",
				"0b110111011", "0B1_1011_1011", "0b0000000000000000000110111011",
			}},
			{
				"finds the port before the invalid part", allow, []string{
					"443,", "443,abc", "443,-1", "443,70000", "443,,80", "0x1bb,zzz",
				},
			},
			{"forwards TCP", refusedLB, []string{"", "false", "False", "FALSE", "f", "F"}},
			{"forwards TCP on the port, which is not in the list", refusedLB, []string{
				"1", "80", "8443", "44", "4430", "0443", "0x443", "0b11", "65535", "0xffff", "0177777", "80,8443",
			}},
			{"fails: neither a boolean nor a number", refusedLB, []string{
				" ", "yes", "on", "tRUE", "true ", " true", "* ", "**", "443;8443", "443.0", "443\t", "443\n",
				"abc,443", ",443",
				"true,443", "*,443",
				"0x,443", "0b2,443", "08,443", "0o8,443", "4__43", "443_", "_443", "0x_,443", "0_", "++443", "-443",
				"+", "-",
				"0x1bbg", "1bb", "443-444",
				"４４３", "٤٤٣", "0x1.0p8", "4e2",
			}},
			{"fails: not a valid port", refusedLB, []string{
				"0", "0,443", "-1,443", "-0,443", "00,443", "0x0,443", "70000,443", "65536,443", "0x10000,443",
				"0200000,443",
				"0b10000000000000000,443",
				"99999999999999999999,443", "9223372036854775807,443", "0xffffffffffffffffffff,443",
			}},
		}},
		{annotation: lbPrefix + "protocol-http", others: passed, spellings: []spelling{
			{"forwards TCP with passthrough", allow, []string{"", "false", "f", "FALSE", "80", "0x50", "1"}},
			{"forwards HTTP without a certificate", refusedLB, []string{"true", "T", "*", "443", "0x1bb", "0673"}},
			{"fails", refusedLB, []string{"abc", "0", " ", "yes"}},
		}},
		{annotation: lbPrefix + "certificate-ids", others: encryptedAnnotations(nil), spellings: []spelling{
			{"uses the certificates for every port", allow, []string{
				certificate, otherCertificate, strings.ToLower(otherCertificate), certificate + "," + otherCertificate,
				certificate + ";" + otherCertificate,
				"fr-par/" + certificate, "fr-par-1/" + certificate, "/" + certificate,
				"fr-par/" + certificate + ",fr-par/" +
					otherCertificate,
			}},
			{"uses the certificates for the port", allow, []string{
				"443:" + certificate, "0x1bb:" + certificate, "0673:" + certificate, "*:" + certificate,
				"true:" + certificate,
				"T:" + certificate,
				" 443:" + certificate, "80,443:" + certificate, "443:fr-par/" + certificate,
				"443:" + certificate + ":more",
				"80:" + certificate + ";443:" + otherCertificate, "80:" + certificate + ";" + otherCertificate,
				certificate +
					";443:" + otherCertificate,
			}},
			{"ignores an entry for other ports, whatever its IDs", allow, []string{
				"80:;" + certificate, "f:;" + certificate, ":x;" + certificate, "80:a/b/c;443:" + certificate,
			}},
			{
				"uses no certificate", refusedLB, []string{
					"", "80:" + certificate, "1:" + certificate, "false:" + certificate, ":" + certificate,
					"4430:" + certificate,
				},
			},
			{"has an empty certificate ID", refusedLB, []string{
				",", ";", certificate + ",", "," + certificate, certificate + ";", ";" + certificate,
				certificate + ",," +
					otherCertificate, "443:", "443:,", "443:" + certificate + ",",
				certificate + "/", "443:" + certificate + ";", "fr-par/",
			}},
			{"has an invalid certificate ID", refusedLB, []string{
				" ", "443", " " + certificate, certificate + " ", certificate + ", " + otherCertificate, "not-a-uuid",
				"443: " +
					certificate, certificate[1:], certificate + "0",
				"{" + certificate + "}", strings.ReplaceAll(certificate, "-", ""),
			}},
			{"fails", refusedLB, []string{
				"abc:" + certificate, "0:" + certificate, "443:" + certificate + ";abc:" + certificate,
				certificate + ";70000:" +
					certificate, "a/b/" + certificate,
				"443:a/b/" + certificate, " true:" + certificate, "443:" + certificate + ";" + "-1:" + otherCertificate,
			}},
		}},
		{annotation: lbPrefix + "certificate-ids", others: encryptedAnnotations(nil), ports: two, spellings: []spelling{
			{"uses a certificate for both ports", allow, []string{
				certificate, "443:" + certificate + ";8443:" + otherCertificate, "443,8443:" + certificate,
				"*:" + certificate,
				"443:" + certificate + ";" + otherCertificate,
				"0x1bb,0x20fb:" + certificate, "T:" + certificate,
			}},
			{"uses a certificate for one port", refusedLB, []string{
				"443:" + certificate, "8443:" + certificate, "443:" + certificate + ";80:" + otherCertificate, "443:" +
					certificate + ";8443:", "443:;8443:" + certificate,
			}},
		}},
		{annotation: lbPrefix + "http-backend-tls", others: encryptedAnnotations(nil), spellings: []spelling{
			{
				"encrypts to the backend", allow, []string{
					"true", "t", "T", "TRUE", "*", "443", "0x1bb", " 443", "80,443",
				},
			},
			{
				"sends plaintext to the backend", plainBackend, []string{
					"", "false", "f", "F", "FALSE", "80", "1", "0443",
				},
			},
			{"fails", refusedLB, []string{"abc", "0", "yes", " ", "true ", "-1", "70000"}},
		}},
		{annotation: lbPrefix + "http-backend-tls-skip-verify", others: encryptedAnnotations(nil),
			spellings: []spelling{
				{
					"verifies the backend", allow, []string{
						"", "false", "f", "F", "FALSE", "False", "80", "1", "8443", "0443",
					},
				},
				{
					"does not verify the backend", refusedLB, []string{
						"true", "t", "T", "TRUE", "True", "*", "443", "0x1bb", "0673", " 443", "80,443", "443,abc",
					},
				},
				{"fails", refusedLB, []string{"abc", "0", "yes", " ", "-443"}},
			}},
		{annotation: lbPrefix + "zone", others: passed, spellings: []spelling{
			{
				"creates in a zone of fr-par (any case)", allow, []string{
					"fr-par-1", "fr-par-2", "fr-par-3", "FR-PAR-1", "Fr-Par-2",
				},
			},
			{"creates in the default zone of the cluster", allow, []string{""}},
			{"creates in another region, or requests a zone that does not exist", refusedLB, []string{
				"nl-ams-1", "NL-AMS-1", "pl-waw-2", "it-mil-1", "fr-par", "fr-par-4", "fr-par-12", " fr-par-1",
				"fr-par-1 ",
				"par1", "fr-par-1,nl-ams-1", "fr-par-1/x",
			}},
		}},
		{annotation: lbPrefix + "id", others: passed, spellings: []spelling{
			{"uses a Load Balancer in fr-par (any case, or the region for its first zone)", allow, []string{
				"fr-par-1/" + certificate, "FR-PAR-2/" + certificate, "fr-par/" + certificate, "FR-PAR/" + certificate,
				"fr-par-3/" + strings.ToUpper(certificate),
			}},
			{"ignores it: no Load Balancer ID", allow, []string{"fr-par-1/", "/", "nl-ams-1/"}},
			{
				"uses a Load Balancer in another region", refusedLB, []string{
					"nl-ams-1/" + certificate, "NL-AMS-1/" + certificate, "nl-ams/" + certificate,
					"pl-waw/" + certificate,
					"fr-par-12/" + certificate,
				},
			},
			{
				"fails: not ZONE/ID", refusedLB, []string{
					"", certificate, "fr-par-1", "fr-par-1/" + certificate + "/x", "fr-par-1//" + certificate, "//",
				},
			},
		}},
		{annotation: lbPrefix + "id", others: map[string]string{
			guardrails.AnnotationPassthrough: "true", lbPrefix + "externally-managed": "true",
		}, spellings: []spelling{
			{"uses an externally managed Load Balancer in fr-par", allow, []string{"fr-par-1/" + certificate}},
			{
				"uses an externally managed Load Balancer in another region", refusedLB, []string{
					"nl-ams-1/" + certificate,
				},
			},
		}},
		{annotation: lbPrefix + "ssl-compatibility-level", others: encryptedAnnotations(nil), spellings: []spelling{
			{
				"offers TLS 1.2 and later", allow, []string{
					"ssl_compatibility_level_intermediate", "ssl_compatibility_level_modern",
				},
			},
			{"offers TLS 1.0", refusedLB, []string{"ssl_compatibility_level_old"}},
			{
				"fails", refusedLB, []string{
					"", "ssl_compatibility_level_unknown", "modern", "SSL_COMPATIBILITY_LEVEL_MODERN",
					"ssl_compatibility_level_modern ", "invalid",
				},
			},
		}},
		{annotation: lbPrefix + "failover-host", others: encryptedAnnotations(nil), spellings: []spelling{
			{"has no failover", allow, []string{""}},
			{
				"fails over to a bucket website in fr-par", allow, []string{
					"site.s3-website.fr-par.scw.cloud", "my.site.s3-website.fr-par.scw.cloud",
					"Site.S3-Website.FR-PAR.scw.cloud",
				},
			},
			{"fails over to another host", refusedLB, []string{
				"site.s3-website.nl-ams.scw.cloud", "site.s3-website.pl-waw.scw.cloud", "example.org",
				"site.s3-website.fr-par.scw.cloud.example.org", "s3-website.fr-par.scw.cloud",
				"site.s3-website-fr-par.scw.cloud", "example.org/site.s3-website.fr-par.scw.cloud",
				"https://site.s3-website.fr-par.scw.cloud", "203.0.113.7", " ",
			}},
		}},
		{annotation: guardrails.AnnotationPassthrough, spellings: []spelling{
			{"forwards TCP to a workload that declares to terminate TLS", allow, []string{"true"}},
			{
				"forwards TCP without a valid declaration", refusedLB, []string{
					"", "false", "True", "TRUE", "1", "t", "yes", " true",
				},
			},
		}},
		{annotation: guardrails.AnnotationPassthrough, namespace: "unlisted", spellings: []spelling{
			{"forwards TCP in an unlisted namespace", refusedLB, []string{"true", "false"}},
		}},
	}
}

// serviceCases returns Services with several annotations or ports.
func serviceCases() map[string]struct {
	annotations map[string]string
	ports       []servicePort
	spec        map[string]any
	expected    decision
} {
	type service = struct {
		annotations map[string]string
		ports       []servicePort
		spec        map[string]any
		expected    decision
	}
	passed := map[string]string{guardrails.AnnotationPassthrough: "true"}
	one := []servicePort{{port: 443, nodePort: 30443}}
	shared := []servicePort{{port: 443, nodePort: 30443}, {port: 443, nodePort: 30443, protocol: "UDP"}}
	none := []servicePort{{port: 443}, {port: 8443}}
	return map[string]service{
		"no annotations": {nil, one, nil, refusedLB},
		"loadBalancerClass of another controller": {
			nil, none, map[string]any{
				"loadBalancerClass": "example.com/metal", "allocateLoadBalancerNodePorts": false,
			}, allow,
		},
		"loadBalancerClass of another controller in another region": {
			map[string]string{lbPrefix + "zone": "nl-ams-1"}, none, map[string]any{
				"loadBalancerClass": "example.com/metal", "allocateLoadBalancerNodePorts": false,
			}, allow,
		},
		"two protocols on one port": {
			encryptedAnnotations(map[string]string{lbPrefix + "protocol-http": "443"}), shared, nil, allow,
		},
		"two protocols on one port, passthrough": {passed, shared, nil, allow},
		"two protocols on one port, plaintext":   {nil, shared, nil, refusedLB},
		"no node ports, HTTP on all ports": {
			encryptedAnnotations(nil), none, map[string]any{"allocateLoadBalancerNodePorts": false}, allow,
		},
		"no node ports, HTTP on the first port": {
			encryptedAnnotations(
				map[string]string{lbPrefix + "protocol-http": "443"},
			), none, map[string]any{"allocateLoadBalancerNodePorts": false}, refusedLB},
		"no node ports, HTTP on the last port": {
			encryptedAnnotations(
				map[string]string{lbPrefix + "protocol-http": "8443"},
			), none, map[string]any{"allocateLoadBalancerNodePorts": false}, allow},
		"UDP, which is served as TCP, passthrough": {
			passed, []servicePort{{port: 443, nodePort: 30443, protocol: "UDP"}}, nil, allow,
		},
		"UDP, which is served as TCP": {
			nil, []servicePort{{port: 443, nodePort: 30443, protocol: "UDP"}}, nil, refusedLB,
		},
		"passthrough with invalid certificate IDs": {
			map[string]string{
				guardrails.AnnotationPassthrough: "true", lbPrefix + "certificate-ids": "abc:" + certificate,
			}, one, nil, refusedLB},
		"private":      {map[string]string{lbPrefix + "private": "true"}, one, nil, refusedLB},
		"private, TLS": {encryptedAnnotations(map[string]string{lbPrefix + "private": "true"}), one, nil, allow},
		"loadBalancerSourceRanges": {
			nil, one, map[string]any{"loadBalancerSourceRanges": []any{"10.0.0.0/8"}}, refusedLB,
		},
		"zone and ID in different regions": {
			map[string]string{
				guardrails.AnnotationPassthrough: "true", lbPrefix + "zone": "nl-ams-1",
				lbPrefix + "id": "fr-par-1/" + certificate,
			}, one, nil, refusedLB,
		},
	}
}

// newService returns a Service of the type LoadBalancer.
func newService(
	namespace string, annotations map[string]string, ports []servicePort, spec map[string]any,
) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service"}}
	object.SetName("spelled")
	object.SetNamespace(namespace)
	object.SetAnnotations(annotations)
	entries := []any{}
	for i, p := range ports {
		entry := map[string]any{"name": fmt.Sprintf("port-%d", i), "port": int64(p.port)}
		if p.nodePort != 0 {
			entry["nodePort"] = int64(p.nodePort)
		}
		if p.protocol != "" {
			entry["protocol"] = p.protocol
		}
		entries = append(entries, entry)
	}
	merged := map[string]any{"type": "LoadBalancer", "selector": map[string]any{"app": "web"}, "ports": entries}
	maps.Copy(merged, spec)
	object.Object["spec"] = merged
	return object
}

// loadBalancerRow is a Service with the expected decision and the behavior of the CCM.
type loadBalancerRow struct {
	what, ccm string
	expected  decision
	object    *unstructured.Unstructured
	ports     []servicePort
}

// loadBalancerRows returns all rows of the tables, and rows with random port lists.
func loadBalancerRows() []loadBalancerRow {
	rows := []loadBalancerRow{}
	for _, a := range annotationTables() {
		ports, namespace := a.ports, a.namespace
		if ports == nil {
			ports = []servicePort{{port: 443, nodePort: 30443}}
		}
		if namespace == "" {
			namespace = "web"
		}
		for _, s := range a.spellings {
			for _, value := range s.values {
				annotations := maps.Clone(a.others)
				if annotations == nil {
					annotations = map[string]string{}
				}
				annotations[a.annotation] = value
				what := fmt.Sprintf("%s %q", strings.TrimPrefix(a.annotation, lbPrefix), value)
				rows = append(
					rows, loadBalancerRow{
						what, s.ccm, s.expected, newService(namespace, annotations, ports, nil), ports,
					},
				)
			}
		}
	}
	services := serviceCases()
	for _, name := range slices.Sorted(maps.Keys(services)) {
		s := services[name]
		rows = append(
			rows, loadBalancerRow{name, "", s.expected, newService("web", s.annotations, s.ports, s.spec), s.ports},
		)
	}
	random := rand.New(rand.NewPCG(15, 3))
	for range 250 {
		ports := []servicePort{{port: 443, nodePort: 30443}}
		list := randomPortList(random)
		annotations := encryptedAnnotations(map[string]string{lbPrefix + "protocol-http": list})
		object := newService("web", annotations, ports, nil)
		rows = append(
			rows, loadBalancerRow{
				fmt.Sprintf("random %q", list), "", ccmDecision(annotations, ports, false), object, ports,
			},
		)
	}
	return rows
}

// TestLoadBalancerAnnotations tests the rows on the API server, and compares each decision with the behavior of the
// CCM.
func TestLoadBalancerAnnotations(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	createNamespaces(t, cluster.clientFor(t, nil), "web", "unlisted")
	applyGuardrails(t, server)
	table := table{}
	t.Log("object | annotation | expected | actual | behavior of the CCM")
	for _, r := range loadBalancerRows() {
		annotations := r.object.GetAnnotations()
		passed := annotations[guardrails.AnnotationPassthrough] == "true" && r.object.GetNamespace() == "web"
		if _, classed, _ := unstructured.NestedString(r.object.Object, "spec", "loadBalancerClass"); !classed {
			if want := ccmDecision(annotations, r.ports, passed); want != r.expected {
				t.Errorf("WRONG ROW %s: the table expects %q, the rules of the CCM %q", r.what, r.expected, want)
			}
		}
		table.row(
			t, r.object, r.what, guardrails.LoadBalancers, r.expected, cluster.dryRunCreate(t, nil, r.object), r.ccm,
		)
	}
	table.summary(t)
}

// randomPortList returns a list of valid and invalid ports in random spellings.
func randomPortList(random *rand.Rand) string {
	entries := []string{}
	for range 1 + random.IntN(3) {
		number := []int{443, 443, 443, 80, 8443, 0, 65535, 65536, random.IntN(70000)}[random.IntN(9)]
		format := []string{
			"%d", "%d", "0x%x", "0X%X", "0%o", "0o%o", "0O%o", "0b%b", "0B%b", "%x", "0x0%x", "00%o", "%b",
		}[random.IntN(13)]
		entry := fmt.Sprintf(format, number)
		if random.IntN(3) == 0 {
			i := random.IntN(len(entry) + 1)
			entry = entry[:i] + []string{"_", " ", "+", "-", "0", "x", "9", "."}[random.IntN(8)] + entry[i:]
		}
		entries = append(entries, entry)
	}
	return strings.Join(entries, []string{",", ",", ", ", ";"}[random.IntN(4)])
}

// TestPlaintextBackendsAreNamed enables TLS on an older Service and adds a port. The warning must only name the new
// port.
func TestPlaintextBackendsAreNamed(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web")
	service := parse(t, `{apiVersion: v1, kind: Service, metadata: {name: portal, namespace: web}, spec: {type: `+
		`LoadBalancer, `+
		`selector: {app: web}, ports: [{name: web, port: 80}]}}`)
	createObject(t, client, service)
	applyGuardrails(t, server)
	patch := `{"metadata":{"annotations":{"` + lbPrefix + `certificate-ids":"` + certificate + `","` + lbPrefix +
		`protocol-http":"true"}},` +
		`"spec":{"ports":[{"name":"web","port":80},{"name":"alt","port":8443}]}}`
	got := cluster.decide(func() error {
		options := metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}
		_, err := resourceClient(
			t,
			client,
			service,
		).Patch(t.Context(), "portal", types.MergePatchType, []byte(patch), options)
		return err
	})
	if warnings := strings.Join(cluster.warnings, "\n"); got != plainBackend ||
		!strings.Contains(warnings, "plaintext to the nodes. Ports: 8443. Set ") {
		t.Errorf("got %s, warnings %s", got, warnings)
	}
}
