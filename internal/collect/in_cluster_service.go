package collect

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// annotationLoadBalancerID is the annotation in which the cloud controller manager writes the Load Balancer.
const annotationLoadBalancerID = "service.beta.kubernetes.io/scw-loadbalancer-id"

// readServices reads what leads traffic into the cluster, and its certificates.
func (c *collector) readServices(ctx context.Context, client *kubernetes.Client) {
	in := &c.facts.InCluster
	networking := func(name string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: name}
	}
	c.start(func() { in.Services = list(ctx, c, client, coreResource("services"), addService) })
	c.start(func() { in.Ingresses = list(ctx, c, client, networking("ingresses"), addIngress) })
	c.start(func() { in.IngressClasses = list(ctx, c, client, networking("ingressclasses"), addIngressClass) })
	c.start(func() { in.Gateways = c.readRouteGateways(ctx, client) })
	c.start(func() {
		certificates := schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "certificates"}
		in.Certificates = list(ctx, c, client, certificates, addCertificate)
	})
}

// addService adds a Service.
func addService(found []assessment.Service, o *unstructured.Unstructured) []assessment.Service {
	m := manifest(o.Object)
	s := assessment.Service{
		Namespace: o.GetNamespace(), Name: o.GetName(), UID: string(o.GetUID()), Type: m.text("spec", "type"),
		ExternalIPs:    sortedSet(m.texts("spec", "externalIPs")),
		TLSPassthrough: o.GetAnnotations()[guardrails.AnnotationPassthrough],
		LoadBalancerID: o.GetAnnotations()[annotationLoadBalancerID],
		IsForeignClass: m.has("spec", "loadBalancerClass"), CreatedAt: createdAt(o),
	}
	for _, port := range m.list("spec", "ports") {
		if number := port.number("nodePort"); number != 0 {
			s.NodePorts = append(s.NodePorts, number)
		}
	}
	for _, ingress := range m.list("status", "loadBalancer", "ingress") {
		if ip := ingress.text("ip"); ip != "" {
			s.IngressIPs = append(s.IngressIPs, ip)
		}
	}
	s.NodePorts, s.IngressIPs = sortedSet(s.NodePorts), sortedSet(s.IngressIPs)
	return append(found, s)
}

// addCertificate adds a Certificate of cert-manager.
func addCertificate(found []assessment.Certificate, o *unstructured.Unstructured) []assessment.Certificate {
	m := manifest(o.Object)
	certificate := assessment.Certificate{
		Namespace: o.GetNamespace(), Name: o.GetName(), CreatedAt: createdAt(o),
		NotBefore: m.time("status", "notBefore"), NotAfter: m.time("status", "notAfter"),
		RenewalTime: m.time("status", "renewalTime"),
	}
	for _, condition := range m.list("status", "conditions") {
		if condition.text("type") == "Ready" {
			ready := condition.text("status") == "True"
			certificate.Ready = &ready
		}
	}
	return append(found, certificate)
}
