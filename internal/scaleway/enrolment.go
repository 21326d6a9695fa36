package scaleway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Enrolment gives a machine outside Scaleway access to its node: the URL of the node's metadata, and the node's own
// credential, which is secret. An external pool gets nodes only by enrolment.
type Enrolment struct {
	MetadataURL   string `json:"metadata_url"`
	NodeSecretKey string `json:"node_secret_key"`
}

// LostEnrolmentError reports that the response to an enrolment was lost. If the API created a node, the node's
// credential is lost, and no machine can use the node.
type LostEnrolmentError struct {
	// PoolID and Region identify the pool.
	PoolID, Region string
	// NewNodes are the nodes that appeared in the pool since then. Each may also belong to another enrolment.
	NewNodes []Candidate
	// SearchErr is the reason why the search for the node did not complete, or nil if it did.
	SearchErr error
	// Err is the reason why the response was lost.
	Err error
}

// Error names the nodes that appeared.
func (e *LostEnrolmentError) Error() string {
	pool := formatID(e.Region, e.PoolID)
	switch {
	case len(e.NewNodes) == 0 && e.SearchErr != nil:
		return fmt.Sprintf(
			"%s; pool %s may have a node that no machine can use: the search for it did not complete: %s",
			e.Err,
			pool,
			e.SearchErr,
		)
	case len(e.NewNodes) == 0:
		return fmt.Sprintf("%s; no node has appeared in pool %s since then", e.Err, pool)
	}
	nodes := make([]string, len(e.NewNodes))
	for i, node := range e.NewNodes {
		nodes[i] = fmt.Sprintf("node %s (%s)", formatID(e.Region, node.ID), node.Status)
	}
	return fmt.Sprintf("%s; appeared in pool %s since then: %s", e.Err, pool, strings.Join(nodes, ", "))
}

// Unwrap returns the reason why the response was lost.
func (e *LostEnrolmentError) Unwrap() error { return e.Err }

// Hint returns the next step.
func (e *LostEnrolmentError) Hint() string {
	if len(e.NewNodes) == 0 && e.SearchErr == nil {
		return "Apply again: the provider enrols the machine again."
	}
	return "Apply again: the provider enrols the machine again. A node whose credential was lost never becomes " +
		"ready, but is billed. The provider deleted no node, because another enrolment in the pool may own it: check " +
		"that no machine uses the node, then delete it in the Scaleway console."
}

// EnrolExternalNode creates a node in an external pool; each call creates another one. It retries while the pool is in
// a transient state, but never sends the request again after a lost response: it then searches for the node, for the
// client's Grace even after ctx has ended, and returns a *LostEnrolmentError with the nodes that appeared. waiting are
// the nodes that existed before and that no machine has joined yet. Source: POST …/pools/{id}/external-nodes/auth.
func (c *Client) EnrolExternalNode(
	ctx context.Context, pool *k8s.Pool,
) (enrolled Enrolment, waiting []Candidate, err error) {
	filter := NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID}
	before, err := c.Nodes(ctx, pool.Region, filter)
	if err != nil {
		return Enrolment{}, nil, err
	}
	auth, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.ExternalNodeAuth, error) {
		ctx, call := startCall(ctx, "enrol an external node in", "pool", pool.ID, pool.Region)
		auth, err := c.k8s.AuthExternalNode(
			&k8s.AuthExternalNodeRequest{Region: pool.Region, PoolID: pool.ID}, scw.WithContext(ctx),
		)
		return auth, call.wrapError(err)
	})
	if !mayHaveCreated(err) {
		if err != nil {
			return Enrolment{}, nil, err
		}
		for _, node := range before {
			if !IsDeleting(node) && node.Status != k8s.NodeStatusReady && len(NodeAddresses(node)) == 0 {
				waiting = append(waiting, Candidate{ID: node.ID, Status: nodeState(node)})
			}
		}
		return Enrolment{MetadataURL: auth.MetadataURL, NodeSecretKey: auth.NodeSecretKey}, waiting, nil
	}
	return Enrolment{}, nil, c.findLostEnrolment(ctx, pool, before, err)
}

// findLostEnrolment lists a pool's nodes until a new one appears, at most maxLookups times, and returns a
// *LostEnrolmentError with the new nodes. before are the nodes that existed before the enrolment.
func (c *Client) findLostEnrolment(ctx context.Context, pool *k8s.Pool, before []*k8s.Node, cause error) error {
	grace := c.newGracePeriod()
	defer grace.release()
	lost := &LostEnrolmentError{PoolID: pool.ID, Region: string(pool.Region), Err: cause}
	for lookup := 1; ; lookup++ {
		var after []*k8s.Node
		err := grace.run(ctx, func(ctx context.Context) (err error) {
			after, err = c.Nodes(ctx, pool.Region, NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
			return err
		})
		lost.SearchErr = err
		for _, node := range after {
			if !slices.ContainsFunc(before, func(old *k8s.Node) bool { return old.ID == node.ID }) {
				lost.NewNodes = append(lost.NewNodes, Candidate{ID: node.ID, Status: nodeState(node)})
			}
		}
		if len(lost.NewNodes) > 0 || lookup == maxLookups {
			return lost
		}
		grace.sleep(ctx, c.PollInterval)
		if grace.isOver(ctx) {
			lost.SearchErr = cmp.Or(lost.SearchErr, errInterrupted)
			return lost
		}
	}
}

// NodeMetadata reads the metadata of an external node: its id and name, the API server, the version of the pool. It
// authenticates with the node's own credential, not with the API key. Source: GET …/node-metadata.
func (c *Client) NodeMetadata(ctx context.Context, region scw.Region, enrolled Enrolment) (*k8s.NodeMetadata, error) {
	ctx, call := startCall(ctx, "read the metadata of", "external node", "", region)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, enrolled.MetadataURL, nil)
	if err != nil {
		return nil, errors.New("the API returned an invalid URL for the metadata of the node")
	}
	request.Header.Set("X-Auth-Token", enrolled.NodeSecretKey)
	response, err := c.doer.client.Do(request)
	if err != nil {
		return nil, call.wrapError(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, call.wrapError(err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, call.wrapError(metadataError(response, body))
	}
	var metadata k8s.NodeMetadata
	if err := json.Unmarshal(body, &metadata); err != nil || metadata.ID == "" {
		return nil, call.wrapError(errors.New("the API's answer does not contain the id of the node"))
	}
	return &metadata, nil
}

// metadataError converts an error response for a node's metadata. It leaves out the API's text, which may contain the
// credential.
func metadataError(response *http.Response, body []byte) error {
	responseErr := &scw.ResponseError{
		StatusCode: response.StatusCode, Status: response.Status, Message: http.StatusText(response.StatusCode),
	}
	var parsed struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &parsed) == nil {
		responseErr.Type = parsed.Type
	}
	return responseErr
}

// ExternalNodeByAddress returns the node of an external pool with a public address, or nil. If several nodes have it,
// because a machine was enrolled again, it returns the newest one that is not being deleted.
func (c *Client) ExternalNodeByAddress(ctx context.Context, pool *k8s.Pool, address string) (*k8s.Node, error) {
	nodes, err := c.Nodes(ctx, pool.Region, NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return nil, err
	}
	return NewestNodeByAddress(nodes, address), nil
}

// NewestNodeByAddress returns the newest node that has a public address and is not being deleted, or nil.
func NewestNodeByAddress(nodes []*k8s.Node, address string) *k8s.Node {
	var newest *k8s.Node
	for _, node := range nodes {
		if !slices.Contains(NodeAddresses(node), address) || IsDeleting(node) {
			continue
		}
		if newest == nil || newest.CreatedAt != nil && node.CreatedAt != nil &&
			node.CreatedAt.After(*newest.CreatedAt) {
			newest = node
		}
	}
	return newest
}

// WaitExternalNodeByAddress waits until an external pool has a node with a public address. It returns a *WaitError when
// the context ends.
func (c *Client) WaitExternalNodeByAddress(ctx context.Context, pool *k8s.Pool, address string) (*k8s.Node, error) {
	target := waitTarget{
		"external node with the address " + address + " in pool", pool.ID, pool.Region, "to be enrolled",
	}
	return pollUntil(ctx, c, target, nodeState, func(ctx context.Context) (*k8s.Node, error) {
		return c.ExternalNodeByAddress(ctx, pool, address)
	}, func(now *k8s.Node) (bool, error) { return now != nil, nil })
}

// NodeAddresses returns the public addresses of a node that the API reports.
func NodeAddresses(node *k8s.Node) []string {
	addresses := []string{}
	//nolint:staticcheck // deprecated, but the API has no other field with addresses
	for _, address := range []*net.IP{node.PublicIPV4, node.PublicIPV6} {
		if address != nil && len(*address) > 0 {
			addresses = append(addresses, address.String())
		}
	}
	return addresses
}

// IsDeleting reports whether a node is deleted or being deleted.
func IsDeleting(node *k8s.Node) bool {
	return node.Status == k8s.NodeStatusDeleting || node.Status == k8s.NodeStatusDeleted
}

// DeleteNode requests the deletion of a node; the machine of an external node continues to run. It succeeds if the node
// is already deleted or being deleted, and retries while the node is in a transient state. Source: DELETE
// /k8s/v1/regions/{region}/nodes/{id}.
func (c *Client) DeleteNode(ctx context.Context, region scw.Region, id string) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Node, error) {
		deleting, call := startCall(ctx, "delete", "node", id, region)
		node, err := c.k8s.DeleteNode(&k8s.DeleteNodeRequest{Region: region, NodeID: id}, scw.WithContext(deleting))
		failure := call.wrapError(err)
		if !IsConflict(failure) {
			return node, failure
		}
		now, readErr := c.Node(ctx, region, id)
		if readErr == nil && IsDeleting(now) || IsNotFound(readErr) {
			return now, nil
		}
		return nil, failure
	})
	if IsNotFound(err) {
		return nil
	}
	return err
}

// WaitNode waits until a node is ready. It returns a *StateError if the node is locked, could not be created or is
// being deleted, and a *WaitError when the context ends. The State of the *WaitError contains the node's own error
// message.
func (c *Client) WaitNode(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	return pollUntil(ctx, c, waitTarget{
		"node", id, region, "to be ready",
	}, nodeState, func(ctx context.Context) (*k8s.Node, error) {
		return c.Node(ctx, region, id)
	}, func(now *k8s.Node) (bool, error) {
		switch now.Status {
		case k8s.NodeStatusReady:
			return true, nil
		case k8s.NodeStatusLocked, k8s.NodeStatusCreationError, k8s.NodeStatusDeleting, k8s.NodeStatusDeleted:
			message := ""
			if now.ErrorMessage != nil {
				message = *now.ErrorMessage
			}
			return false, newStateError("node", now.ID, region, string(now.Status), message)
		}
		return false, nil
	})
}

// WaitNodeDeleted waits until a node no longer exists or has the status deleted.
func (c *Client) WaitNodeDeleted(ctx context.Context, region scw.Region, id string) error {
	_, err := pollUntil(ctx, c, waitTarget{
		"node", id, region, "to be deleted",
	}, nodeState, func(ctx context.Context) (*k8s.Node, error) {
		now, err := c.Node(ctx, region, id)
		if IsNotFound(err) {
			return nil, nil
		}
		return now, err
	}, func(now *k8s.Node) (bool, error) {
		if now == nil || now.Status == k8s.NodeStatusDeleted {
			return true, nil
		}
		return false, nil
	})
	return err
}
