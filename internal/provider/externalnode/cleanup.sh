
# It removes what the agent and the enrolment installed on the machine. It can be run again at any time.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
say() { printf 'srm: %s\n' "$*"; }
# limited runs a command with a time limit in seconds.
limited() { timeout --foreground -k 10 "$@"; }
if [ "$(id -u)" -ne 0 ]; then
  say "FAILED: this program needs root: run it with sudo" >&2
  exit 1
fi
for unit in kubelet containerd; do
  if systemctl is-active "$unit" >/dev/null 2>&1 || systemctl is-enabled "$unit" >/dev/null 2>&1; then
    say "stop $unit"
    limited 300 systemctl disable --now "$unit" || say "WARNING: $unit cannot be stopped"
  fi
done
# Volumes are unmounted, not erased: data that is mounted below the kubelet's directory is never deleted.
awk '$2 ~ "^/(var/lib/kubelet|run/containerd|var/lib/containerd)/" { print $2 }' /proc/mounts | sort -r | while read -r mount; do
  limited 60 umount "$mount" 2>/dev/null || limited 60 umount -l "$mount" || say "WARNING: $mount is still mounted"
done
for link in kilo0 kube-bridge cni0; do
  if ip link show "$link" >/dev/null 2>&1; then ip link delete "$link" || say "WARNING: the interface $link cannot be deleted"; fi
done
rm -rf --one-file-system /var/lib/kubelet /var/lib/containerd /etc/kubernetes /etc/cni/net.d /var/lib/cni /var/lib/srm-external-node
rm -f /etc/.srm.?????? /etc/scw-k8s-userdata /etc/scw-k8s-versions.json /usr/local/bin/k8s-agent /usr/local/sbin/srm-external-node
if [ -e /etc/systemd/system/srm-external-node-firewall.service ]; then
  limited 300 systemctl disable --now srm-external-node-firewall.service || say "WARNING: the firewall service cannot be disabled"
  rm -f /etc/systemd/system/srm-external-node-firewall.service
  limited 300 systemctl daemon-reload
fi
rm -rf /etc/srm-external-node
if command -v nft >/dev/null && nft list table inet srm_external_node >/dev/null 2>&1; then
  nft delete table inet srm_external_node || say "WARNING: the firewall rules are still active"
fi
say "done: the machine is removed from the cluster. The firewall of the node is deleted: make sure that another firewall protects the machine."
say "Not changed: unattended upgrades, time synchronisation, the SSH settings, and what the agent installed besides kubelet and containerd."
say "Reboot the machine to clear the packet filter rules that Kubernetes created."
