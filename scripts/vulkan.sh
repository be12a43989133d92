#!/bin/bash
# usage: vulkan.sh DIR    Puts lavapipe (Mesa's software Vulkan driver) in DIR, for Dawn:
#     export VK_DRIVER_FILES=DIR/lavapipe.json XDG_RUNTIME_DIR=/tmp
# The driver's libraries come from the system's packages. Debian 12's own Mesa (22.3) is too old for Dawn, which gives a null adapter;
# so the driver itself, one library, comes from bookworm-backports, by the mirror that apt already uses, and the system's stays as it is.
set -euo pipefail
packages=(libvulkan1 mesa-vulkan-drivers)
fail() { echo "$*" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
  fail "There is no apt here. Install a Vulkan driver of Mesa 24 or newer (lavapipe, or your GPU's own) and run again."

mkdir -p "$1"; dir=$(cd "$1" && pwd); cd "$dir"
if ! dpkg-query -W -f '${Status}\n' "${packages[@]}" 2>/dev/null | awk '/^install ok installed/ {n++} END {exit n != 2}'; then
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || fail "Packages are missing and this is not root. Run: sudo apt-get install ${packages[*]}"
    as_root=(sudo -n --preserve-env=DEBIAN_FRONTEND)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

rm -rf work; mkdir -p work/lists/partial work/cache/archives/partial work/sources work/debs
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
if [ "$release" = bookworm ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" {print $1; exit}')
  [ -n "$mirror" ] || fail "apt knows no mirror of Debian bookworm: run apt-get update, or look at /etc/apt/sources.list.d."
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm-backports main" >work/sources.list
  apt=(-o "Dir::State::Lists=$dir/work/lists" -o "Dir::Cache=$dir/work/cache" -o "Dir::Etc::SourceList=$dir/work/sources.list"
    -o "Dir::Etc::SourceParts=$dir/work/sources" -o "APT::Sandbox::User=")
  apt-get -qq "${apt[@]}" update
  (cd work/debs && apt-get -qq "${apt[@]}" -t bookworm-backports download mesa-vulkan-drivers)
  dpkg-deb -x work/debs/*.deb work/root
  find work/root -name libvulkan_lvp.so -exec mv {} . \;
  library=./libvulkan_lvp.so # relative to lavapipe.json, so that the checkout may move
else # Newer releases have a new enough Mesa of their own.
  library=$(find /usr/lib -name libvulkan_lvp.so 2>/dev/null | head -n 1)
fi
[ -f "$library" ] || fail "The package mesa-vulkan-drivers holds no libvulkan_lvp.so."
rm -rf work
# Written last: where this file stands, the driver is whole.
printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.4.305"}}\n' "$library" >lavapipe.json
