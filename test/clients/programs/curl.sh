form() {
  curl -F note=größer -F "file=@$path;type=$type;filename=\"${name//\"/\\\"}\"" "$url"
}

put() {
  curl -T "$path" -H "Content-Type: $type" \
    -H "Content-Disposition: attachment; filename=\"$name\"" "$url"
}

untyped() {
  curl --data-binary "@$path" "$url"
}

# The lines of lines.mjs; what curl is given besides only tells the test what came.
curl() { command curl -sS --max-time 100 -w '\n%{http_code}' "$@"; }
while IFS=$'\t' read -r way url path name type; do
  if said=$($way 2>&1); then
    printf '%s\t%s\n' "${said##*$'\n'}" "$(printf %s "${said%$'\n'*}" | base64 -w 0)"
  else
    printf 'error\t%s\n' "$(printf %s "$said" | base64 -w 0)"
  fi
done
