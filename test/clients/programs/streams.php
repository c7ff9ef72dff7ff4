<?php

function form($url, $path, $name, $type)
{
    $boundary = bin2hex(random_bytes(16));
    $quoted = strtr($name, ['"' => '%22', "\r" => '%0D', "\n" => '%0A']);
    $content = "--$boundary\r\n"
        . "Content-Disposition: form-data; name=\"note\"\r\n\r\ngrößer\r\n"
        . "--$boundary\r\n"
        . "Content-Disposition: form-data; name=\"file\"; filename=\"$quoted\"\r\n"
        . "Content-Type: $type\r\n\r\n"
        . file_get_contents($path) . "\r\n--$boundary--\r\n";
    return ask($url, 'POST', ["Content-Type: multipart/form-data; boundary=$boundary"], $content);
}

function put($url, $path, $name, $type)
{
    $target = $url . '?' . http_build_query(['filename' => $name]);
    return ask($target, 'PUT', ["Content-Type: $type"], file_get_contents($path));
}

function untyped($url, $path)
{
    return ask($url, 'POST', [], @file_get_contents($path));
}

function ask($url, $method, $header, $content)
{
    $http = ['method' => $method, 'header' => $header, 'content' => $content];
    // So that the words of a refusal can be read, too.
    $context = stream_context_create(['http' => $http + ['ignore_errors' => true]]);
    $body = file_get_contents($url, false, $context);
    preg_match('/ (\d{3})/', $http_response_header[0] ?? '', $found);
    return [(int) ($found[1] ?? 0), $body];
}

// The lines of lines.mjs.
ini_set('memory_limit', '256M');
ini_set('display_errors', 'stderr');
while (($line = fgets(STDIN)) !== false) {
    [$way, $url, $path, $name, $type] = explode("\t", rtrim($line, "\n"));
    [$status, $body] = $way($url, $path, $name, $type);
    [$said, $text] = $status === 0 ? ['error', error_get_last()['message'] ?? ''] : [$status, $body];
    echo $said, "\t", base64_encode($text), "\n";
}
