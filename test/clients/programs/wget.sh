put() {
  wget --method=PUT --body-file="$path" --header="Content-Type: $type" \
    --header="Content-Disposition: attachment; filename=\"$name\"" "$url"
}

untyped() {
  wget --post-file="$path" "$url"
}

# The lines of lines.mjs; what wget is given besides only tells the test what came.
wget() { command wget -q -O "$answer" --content-on-error --server-response --tries=1 --timeout=100 "$@"; }
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
while IFS=$'\t' read -r way url path name type; do
  said=$($way 2>&1)
  status=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9]\{3\}\).*/\1/p' <<<"$said" | tail -n 1)
  if [ -n "$status" ]; then
    printf '%s\t%s\n' "$status" "$(base64 -w 0 "$answer")"
  else
    printf 'error\t%s\n' "$(printf %s "$said" | base64 -w 0)"
  fi
done
