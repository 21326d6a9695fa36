package kubernetes

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Reason is the cause of a failed request.
type Reason string

// The causes of failed requests.
const (
	Refused       Reason = "refused"      // No server listens at the address.
	Unreachable   Reason = "unreachable"  // No response, or the host name does not resolve.
	Untrusted     Reason = "untrusted"    // The certificate is not from the cluster's authority, or has expired.
	Unauthorized  Reason = "unauthorized" // 401: the API key is expired, deleted or unknown.
	Forbidden     Reason = "forbidden"    // 403 from RBAC.
	Denied        Reason = "denied"       // Rejected by an admission policy or by the validation of the object.
	NotFound      Reason = "not found"
	Conflict      Reason = "conflict"    // Another client has changed or created the object.
	Unavailable   Reason = "unavailable" // 429 or 5xx: the API server responds but cannot process requests now.
	ProxyResponse Reason = "foreign"     // A response of a proxy instead of the API server.
	Other         Reason = "other"
)

// Error is a failed request to an API server. It never contains the body of the request.
type Error struct {
	// Op is the operation and Object its target, as in "apply" and "storageclasses srm-encrypted".
	Op, Object string
	// Server is the URL of the API server.
	Server string
	Reason Reason
	// Message is the text of the API server or of the connection error.
	Message string
	// Err is the underlying error.
	Err error

	transient bool
	status    int // HTTP status; 0 without a response
	// connectionBroken reports that the connection ended before a response.
	connectionBroken bool
	localAddr        netip.Addr
	// unreachableHint is the client's UnreachableHint.
	unreachableHint string
}

// Error returns the message without the hint.
func (e *Error) Error() string {
	return fmt.Sprintf("unable to %s %s on the API server %s: %s", e.Op, e.Object, e.Server, e.Message)
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns the next step for the user, or "".
func (e *Error) Hint() string {
	if e.unreachableHint != "" && (e.Reason == Unreachable || e.Reason == Refused) {
		return e.unreachableHint
	}
	switch e.Reason {
	case Unavailable:
		return "The API server responds but cannot process requests now: it may be starting, upgrading or " +
			"overloaded. Try again. If the problem persists, check the status of the cluster in the Scaleway console."
	case ProxyResponse:
		return "The response does not come from a Kubernetes API server but from a proxy, a gateway or another " +
			"server. Check `endpoint` and `host` in the provider's `kubernetes` block, and the network between this " +
			"machine and the API server."
	case Unreachable:
		return "No server responds at this address. " + allowListHint(e.localAddr) +
			" Alternatively, set `endpoint` or `host` in the provider's `kubernetes` block to connect another way."
	case Refused:
		return "No server listens at this address. Check `endpoint` and `host` in the provider's `kubernetes` block, " +
			"and that the cluster is ready."
	case Untrusted:
		return "The certificate is not valid for this host name and time, or the cluster's certificate authority has " +
			"not issued it. If `host` in the provider's `kubernetes` block is a bastion, set `tls_server_name` to a " +
			"name in the certificate. The provider always verifies the certificate."
	case Unauthorized:
		return "The API server rejects the provider's API key: the key has expired, was deleted, or belongs to " +
			"another Organization. Use a valid key."
	case Forbidden:
		return "The IAM application or user of the provider's API key lacks a permission set on the cluster's " +
			"Project: KubernetesFullAccess, which maps to the group scaleway:cluster-write (KubernetesReadOnly is " +
			"enough to read). If the permission set is present, the ClusterRoleBinding of that group was changed."
	case Conflict:
		return "Another client has changed the object in the meantime. Plan again: the plan shows the fields and " +
			"their owners."
	default:
		return ""
	}
}

// allowListHint returns which address to add to the allow-list of the API server, as far as it can be determined from
// the local address.
func allowListHint(local netip.Addr) string {
	switch {
	case !local.IsValid() || local.IsLoopback():
		return "If the API server has an allow-list (`allowed_ip_ranges` of the cluster), add the public address of " +
			"this machine to it."
	case local.IsPrivate() || local.IsLinkLocalUnicast():
		return fmt.Sprintf(
			"This machine sends from %s, a private address. Add the public address of its NAT or Public Gateway to "+
				"the allow-list (`allowed_ip_ranges` of the cluster).",
			local,
		)
	default:
		return fmt.Sprintf("Add %s/%d to the allow-list (`allowed_ip_ranges` of the cluster).", local, local.BitLen())
	}
}

// Is reports whether an error in the chain of err is an Error with the reason.
func Is(err error, reason Reason) bool {
	var found *Error
	return errors.As(err, &found) && found.Reason == reason
}

// IsUnreachable reports whether no connection to the API server was possible. An API server that responds is reachable,
// even if it responds with an error.
func IsUnreachable(err error) bool { return Is(err, Unreachable) || Is(err, Refused) }

// IsUnknownAPI reports whether the API server does not serve the resource, for example because its
// CustomResourceDefinition is not installed. The API server responds with plain text in that case.
func IsUnknownAPI(err error) bool {
	var found *Error
	if !errors.As(err, &found) || found.status != http.StatusNotFound {
		return false
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return found.Reason == NotFound
	}
	return found.Reason == NotFound || slices.ContainsFunc(status.Status().Details.Causes,
		func(cause metav1.StatusCause) bool {
			return cause.Type == metav1.CauseTypeUnexpectedServerResponse && cause.Message == "404 page not found"
		})
}

// operation describes a request in its error.
type operation struct {
	verb      string
	resource  schema.GroupVersionResource
	namespace string
	name      string
}

// newError classifies the error of a request. last is the last response to this request, which may have been sent more
// than once. timedOut reports that its context has ended.
func (op operation) newError(c *Client, err error, last *lastResponse, timedOut bool) error {
	object := op.resource.Resource
	if op.name != "" {
		object += " " + strings.TrimPrefix(op.namespace+"/"+op.name, "/")
	}
	failed := &Error{
		Op:              op.verb,
		Object:          object,
		Server:          c.endpoint.Server,
		Err:             err,
		Message:         err.Error(),
		unreachableHint: c.UnreachableHint,
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		failed.Message, failed.status = status.Status().Message, int(status.Status().Code)
		failed.classifyStatus(err)
		return failed
	}
	failed.classifyTransport(err)
	if failed.Reason != Unreachable || !timedOut {
		return failed
	}
	// A timeout does not make an API server unreachable that has responded before.
	switch status := last.statusCode(); {
	case status >= http.StatusBadRequest:
		failed.Reason, failed.Message = Unavailable, fmt.Sprintf("it responded with HTTP %d until the request timed "+
			"out",
			status)
	case c.lastResponse.statusCode() != 0:
		failed.Reason, failed.Message = Unavailable, "the request timed out; the API server has responded to earlier "+
			"requests"
	}
	return failed
}

// classifyStatus sets the reason from the status of a response.
func (e *Error) classifyStatus(err error) {
	unexpected := apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
	e.transient = apierrors.IsTooManyRequests(err) || apierrors.IsServerTimeout(err) ||
		apierrors.IsInternalError(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsTimeout(err)
	switch {
	case e.transient || e.status >= http.StatusInternalServerError:
		e.Reason = Unavailable
	case unexpected:
		e.Reason, e.Message = ProxyResponse, fmt.Sprintf(
			"HTTP %d without a Kubernetes Status in the body: %s", e.status, e.Message,
		)
	case apierrors.IsNotFound(err):
		e.Reason = NotFound
	case apierrors.IsUnauthorized(err):
		e.Reason = Unauthorized
	case apierrors.IsForbidden(err) && strings.Contains(
		e.Message, "ValidatingAdmissionPolicy",
	), apierrors.IsInvalid(err):
		e.Reason = Denied
	case apierrors.IsForbidden(err):
		e.Reason = Forbidden
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		e.Reason = Conflict
	default:
		e.Reason = Other
	}
}

// classifyTransport sets the reason of a request without a response.
func (e *Error) classifyTransport(err error) {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		e.Message = wrapped.Err.Error()
	}
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var network net.Error
	var lookup *net.DNSError
	var proxyResponse *proxyResponseError
	switch {
	case errors.As(err, &proxyResponse):
		e.Reason, e.status = ProxyResponse, proxyResponse.status
	case errors.As(err, &authority), errors.As(err, &name), errors.As(err, &invalid):
		e.Reason = Untrusted
	case errors.Is(err, context.Canceled):
		e.Reason = Other
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Reason = Refused
	case errors.As(err, &lookup), errors.As(err, &network) && network.Timeout(), errors.Is(
		err, context.DeadlineExceeded,
	),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.Reason, e.localAddr = Unreachable, outboundAddress(e.Server)
	default:
		e.Reason, e.transient, e.connectionBroken = Other, true, true
	}
}

// outboundAddress returns the address that this machine sends from to reach a server. It sends no packet.
func outboundAddress(server string) netip.Addr {
	address, err := url.Parse(server)
	if err != nil {
		return netip.Addr{}
	}
	remote, err := netip.ParseAddrPort(address.Host)
	if err != nil {
		return netip.Addr{} // a host name, which is not resolved again
	}
	connection, err := net.DialUDP(
		"udp", nil, net.UDPAddrFromAddrPort(remote),
	) //nolint:noctx // connecting a UDP socket sends no packet
	if err != nil {
		return netip.Addr{}
	}
	defer func() { _ = connection.Close() }()
	local, ok := connection.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	return local.AddrPort().Addr().Unmap()
}
