<?php

function form($url, $path, $name, $type)
{
    $curl = curl_init($url);
    $fields = ['note' => 'größer', 'file' => new CURLFile($path, $type, $name)];
    curl_setopt($curl, CURLOPT_POSTFIELDS, $fields);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    $body = curl_exec($curl);
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $body, curl_error($curl)];
}

function put($url, $path, $name, $type)
{
    $curl = curl_init($url . '?filename=' . rawurlencode($name));
    curl_setopt($curl, CURLOPT_UPLOAD, true);
    curl_setopt($curl, CURLOPT_INFILE, fopen($path, 'rb'));
    curl_setopt($curl, CURLOPT_INFILESIZE, filesize($path));
    curl_setopt($curl, CURLOPT_HTTPHEADER, ["Content-Type: $type"]);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    $body = curl_exec($curl);
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $body, curl_error($curl)];
}

function untyped($url, $path)
{
    $curl = curl_init($url);
    curl_setopt($curl, CURLOPT_POSTFIELDS, file_get_contents($path));
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    $body = curl_exec($curl);
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $body, curl_error($curl)];
}

// The lines of lines.mjs.
ini_set('memory_limit', '256M');
while (($line = fgets(STDIN)) !== false) {
    [$way, $url, $path, $name, $type] = explode("\t", rtrim($line, "\n"));
    [$status, $body, $error] = $way($url, $path, $name, $type);
    [$said, $text] = $error === '' ? [$status, $body] : ['error', $error];
    echo $said, "\t", base64_encode($text), "\n";
}
