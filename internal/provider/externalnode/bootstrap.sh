
# The rest of this program is the same for every node. It can be run again at any time and continues where it stopped.
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
readonly state=/var/lib/srm-external-node userdata=/etc/scw-k8s-userdata agent=/usr/local/bin/k8s-agent
readonly steps=9 min_free_kib=5242880 max_skew=60
# Time limits of packages, the agent, systemd and the command that prints the key, in seconds.
readonly apt_limit=1800 agent_limit=1800 systemctl_limit=300 key_limit=60
step=0 name=start

say() { printf 'srm: %s\n' "$*"; }
fail() {
  say "FAILED in step $step of $steps ($name): $*" >&2
  say "Fix the problem, then run this program again: it continues where it stopped." >&2
  exit 1
}
begin() {
  step=$((step + 1)) name=$1
  say "step $step of $steps: $name"
}
# put writes standard input to a file atomically.
put() {
  local new
  if ! { new=$(mktemp "${2%/*}/.srm.XXXXXX") && cat >"$new" && chmod "$1" "$new" && mv -f "$new" "$2"; }; then fail "$2 cannot be written"; fi
}
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
service() { timeout -k 10 "$systemctl_limit" systemctl "$@" 9>&-; }
# shellcheck disable=SC2016 # The inner shell expands its arguments.
reachable() { timeout 10 bash -c 'exec 3<>"/dev/tcp/$1/$2"' reachable "$1" "$2" 2>/dev/null; }
# host_port prints host and port of a URL, an IPv6 address without brackets, as bash and getaddrinfo expect it.
host_port() {
  local rest=${1#*://} host port=443
  case ${1,,} in http://*) port=80 ;; esac
  rest=${rest%%[/?#]*}
  rest=${rest##*@}
  case $rest in
    \[*) host=${rest%%]*} host=${host#\[} host=${host//%25/%} rest=${rest##*]} ;;
    *) host=${rest%%:*} rest=${rest#"$host"} ;;
  esac
  rest=${rest#:}
  printf '%s %s' "$host" "${rest:-$port}"
}
# has_key checks that a user who can log in has an SSH key. Its argument is the output of sshd -T. Keys restricted to one command do not count.
has_key() {
  local user home shell file files
  if grep -Eq '^(authorizedkeyscommand|trustedusercakeys) /' <<<"$1"; then return 0; fi
  files=$(sed -n 's/^authorizedkeysfile //p' <<<"$1")
  while IFS=: read -r user _ _ _ _ home shell; do
    case $shell in */nologin | */false) continue ;; esac
    for file in ${files:-.ssh/authorized_keys}; do
      file=${file//%h/$home} file=${file//%u/$user}
      case $file in /*) ;; *) file=$home/$file ;; esac
      if grep -Ev '^[[:space:]]*#|command="' "$file" 2>/dev/null | grep -Eq '(ssh|ecdsa|sk)-[a-z0-9@.-]+[[:space:]]+AAAA'; then return 0; fi
    done
  done < <(timeout 20 getent passwd)
  return 1
}
# check_ssh makes sure that the program does not lock out the administrators, before it changes anything.
check_ssh() {
  local settings
  mkdir -p /run/sshd
  settings=$(/usr/sbin/sshd -T 2>/dev/null) || settings=''
  if [ -n "$settings" ] && ! grep -Eq '^(password|kbdinteractive)authentication yes' <<<"$settings"; then return; fi
  has_key "$settings" || missing+=("an SSH key: this program disables passwords, and no user who can log in has a key: add one to authorized_keys, or disable passwords in sshd yourself")
}
# skew prints the difference between the machine's and the API's clock, in seconds. It fails without a Date header.
skew() {
  local date there
  date=$(curl -gsS -m 10 -o /dev/null -D - "$API_URL/" 2>/dev/null | tr -d '\r' | sed -n 's/^[Dd]ate: //p' | head -n 1)
  [ -n "$date" ] && there=$(date -u -d "$date" +%s) || return 1
  echo $(($(date -u +%s) - there))
}
check_clock() {
  local off
  off=$(skew) || {
    missing+=("a verified clock: $API_URL returns no date")
    return
  }
  if [ "${off#-}" -gt "$max_skew" ]; then
    missing+=("a correct clock: it is off by $off s, at most $max_skew s are allowed; certificates and the API depend on it")
  fi
}
list_missing() {
  [ ${#missing[@]} -eq 0 ] && return
  printf 'srm: missing: %s\n' "${missing[@]}" >&2
  fail "missing requirements: ${#missing[@]}, see above"
}

begin "check the machine"
missing=()
[ "$(id -u)" -eq 0 ] || missing+=("root: run this program with sudo")
# shellcheck disable=SC1091
os=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}")
case $os in
  debian\ * | ubuntu\ *) ;;
  *) missing+=("Debian or Ubuntu: the operating system is ${os:-unknown}") ;;
esac
case $(uname -m) in
  x86_64) agent_url=$AGENT_URL_AMD64 agent_sha256=$AGENT_SHA256_AMD64 ;;
  aarch64) agent_url=$AGENT_URL_ARM64 agent_sha256=$AGENT_SHA256_ARM64 ;;
  *) agent_url='' agent_sha256='' ;;
esac
[ -n "$agent_sha256" ] || missing+=("a digest of the agent for $(uname -m): set it in agent.sha256")
command -v systemctl >/dev/null || missing+=("systemd: systemctl is not installed")
free=$(df -Pk /var | awk 'NR == 2 { print $4 }')
[ "${free:-0}" -ge "$min_free_kib" ] || missing+=("disk space: $((${free:-0} / 1024)) MiB are free in /var, $((min_free_kib / 1024)) MiB are needed")
for url in "$API_URL" $CLUSTER_ENDPOINTS "$agent_url"; do
  read -r host port < <(host_port "$url"; echo)
  [ -z "$host" ] || reachable "$host" "$port" || missing+=("outbound access to $host port $port")
done
if command -v curl >/dev/null; then check_clock; fi
if [ "$(id -u)" -eq 0 ] && [ -x /usr/sbin/sshd ]; then check_ssh; fi
list_missing
exec 9>/run/srm-external-node.lock
flock -n 9 || fail "another run of this program is active"
if ! { mkdir -p "$state" && chmod 0700 "$state"; }; then fail "$state cannot be created"; fi
rm -f /etc/.srm.?????? # left by a run that was killed

begin "packages"
wanted=()
for package in ca-certificates curl nftables unattended-upgrades; do installed $package || wanted+=("$package"); done
if ! installed chrony && ! installed ntpsec && ! installed systemd-timesyncd; then wanted+=(systemd-timesyncd); fi
if [ ${#wanted[@]} -gt 0 ]; then
  limited=(timeout --foreground -k 60 "$apt_limit")
  "${limited[@]}" dpkg --configure -a </dev/null >/dev/null 2>&1 9>&-
  { "${limited[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update &&
    "${limited[@]}" apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${wanted[@]}"; } </dev/null >"$state/apt.log" 2>&1 9>&- ||
    fail "${wanted[*]} cannot be installed: $(tail -n 1 "$state/apt.log")"
fi
check_clock
list_missing

begin "time synchronisation"
for unit in chrony ntpsec systemd-timesyncd; do
  if installed $unit; then
    service enable --now $unit || fail "$unit cannot be started"
    break
  fi
done

begin "unattended upgrades"
put 0644 /etc/apt/apt.conf.d/52srm-external-node <<'EOF'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
EOF
service enable --now apt-daily.timer apt-daily-upgrade.timer || fail "the timers of apt cannot be started"

begin "SSH"
if [ -x /usr/sbin/sshd ]; then
  grep -Eiq '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/\*\.conf' /etc/ssh/sshd_config || fail "/etc/ssh/sshd_config does not include /etc/ssh/sshd_config.d/*.conf"
  mkdir -p /run/sshd /etc/ssh/sshd_config.d
  put 0644 /etc/ssh/sshd_config.d/00-srm-external-node.conf <<'EOF'
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitEmptyPasswords no
X11Forwarding no
AllowAgentForwarding no
MaxAuthTries 4
LoginGraceTime 30
EOF
  if ! wrong=$(/usr/sbin/sshd -t 2>&1); then
    rm -f /etc/ssh/sshd_config.d/00-srm-external-node.conf
    fail "sshd refuses its configuration: $wrong"
  fi
  service try-reload-or-restart ssh || fail "sshd cannot reload its configuration"
fi

begin "firewall"
uplinks=$({ ip -4 -o route show default; ip -6 -o route show default; } 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/"\1"/p' | sort -u | paste -sd, -)
[ -n "$uplinks" ] || fail "the machine has no default route"
mkdir -p /etc/srm-external-node
{
  cat <<EOF
table inet srm_external_node
delete table inet srm_external_node
table inet srm_external_node {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname { "lo", "kilo0", "kube-bridge", "tunl0", "cni0" } accept
    icmp type { destination-unreachable, time-exceeded, parameter-problem } accept
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    ip6 saddr fe80::/10 udp dport 546 accept
    udp dport 51820 accept
EOF
  for range in $SSH_RANGES; do
    case $range in
      *:*) echo "    ip6 saddr $range tcp dport $SSH_PORT accept" ;;
      *) echo "    ip saddr $range tcp dport $SSH_PORT accept" ;;
    esac
  done
  cat <<EOF
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip daddr 169.254.169.254 tcp dport 80 drop
    ip6 daddr { fd00:42::42, fd00:ec2::254, fd20:ce::254 } tcp dport 80 drop
    iifname { $uplinks } ct state new drop
  }
}
EOF
} | put 0644 /etc/srm-external-node/firewall.nft || exit 1
wrong=$(nft -c -f /etc/srm-external-node/firewall.nft 2>&1) || fail "nftables refuses the rules: $(head -n 1 <<<"$wrong")"
put 0644 /etc/systemd/system/srm-external-node-firewall.service <<'EOF'
[Unit]
Description=Firewall of the external node
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=60
ExecStart=/usr/sbin/nft -f /etc/srm-external-node/firewall.nft

[Install]
WantedBy=sysinit.target
EOF
if ! { service daemon-reload && service enable srm-external-node-firewall.service && service restart srm-external-node-firewall.service; }; then
  fail "the firewall cannot be started"
fi
nft list table inet srm_external_node >/dev/null 2>&1 || fail "the firewall rules are not active"
if command -v ufw >/dev/null && ufw status 2>/dev/null | grep -q '^Status: active'; then
  say "WARNING: ufw is active, too: allow 51820/udp in ufw, because both firewalls must accept a packet"
fi

begin "agent $AGENT_VERSION"
digest_of() { sha256sum "$1" 2>/dev/null | cut -d ' ' -f 1; }
if [ "$(digest_of "$agent")" != "$agent_sha256" ]; then
  rm -f "$state"/agent.*
  new=$(mktemp "$state/agent.XXXXXX") || fail "$state cannot be written"
  wrong=$(curl -gfsSL --proto '=http,https' --retry 3 -m 600 -o "$new" "$agent_url" 2>&1) || fail "$agent_url cannot be downloaded: $wrong"
  got=$(digest_of "$new")
  if [ "$got" != "$agent_sha256" ]; then
    rm -f "$new"
    fail "$agent_url is not the pinned agent: its SHA-256 is $got, not $agent_sha256; it was not run"
  fi
  if ! { chmod 0755 "$new" && mv -f "$new" "$agent"; }; then fail "$agent cannot be written"; fi
fi

begin "credential"
key=unused
case $ENROLMENT in
  provider) if [ "$(cat "$userdata" 2>/dev/null)" != "$CREDENTIAL" ]; then put 0600 "$userdata" <<<"$CREDENTIAL"; fi ;;
  kept) [ -s "$userdata" ] || fail "$userdata is missing, and this program has no credential: change the node's rotation to enrol the machine again" ;;
  machine)
    # Delete the credential of an earlier enrolment only after the key for the next one was read.
    if [ ! -s "$userdata" ] || { [ -e "$state/serial" ] && [ "$(cat "$state/serial")" != "$SERIAL" ]; }; then
      if [ -n "$KEY_FILE" ]; then
        key=$(cat "$KEY_FILE" 2>/dev/null) || fail "the secret key cannot be read from $KEY_FILE"
      else
        key=$(timeout -k 10 "$key_limit" bash -c "$KEY_COMMAND" </dev/null 2>/dev/null 9>&-) || fail "the command that prints the secret key failed or took longer than $key_limit s"
      fi
      [ -n "$key" ] || fail "the secret key is empty"
      rm -f "$userdata"
    fi
    ;;
esac
put 0600 "$state/serial" <<<"$SERIAL"

begin "enrol"
# Each request of the agent for a credential creates a node. The mark is there until the agent has kept its credential.
if [ -s "$userdata" ]; then
  rm -f "$state/enrolling"
elif [ -e "$state/enrolling" ]; then
  say "WARNING: an earlier enrolment did not finish: it may have added a node to pool $POOL_ID that waits for its machine for ever. After this run, delete a node of the pool with the status registering that no machine uses"
fi
[ -s "$userdata" ] || put 0600 "$state/enrolling" <<<"$SERIAL"
( # The key is passed in the environment of the agent, not on its command line.
  export POOL_ID POOL_REGION SCW_API_URL="$API_URL" SCW_SECRET_KEY="$key"
  exec timeout --foreground -k 60 "$agent_limit" "$agent" -kosmos
) </dev/null 9>&- >"$state/agent.log" 2>&1
status=$?
unset key
case $status in 124 | 137) fail "the agent did not exit within $agent_limit s: $(tail -n 1 "$state/agent.log")" ;; esac
[ $status -eq 0 ] || fail "the agent exited with status $status: $(tail -n 1 "$state/agent.log")"
if ! { [ -s "$userdata" ] && chmod 0600 "$userdata"; }; then fail "the agent did not write $userdata"; fi
rm -f "$state/enrolling"
say "done: the machine is enrolled in pool $POOL_ID"
