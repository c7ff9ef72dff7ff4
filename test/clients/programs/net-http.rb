require 'base64'
require 'net/http'

def form(url, path, name, type)
  File.open(path, 'rb') do |file|
    request = Net::HTTP::Post.new(url)
    parts = [['note', 'größer'], ['file', file, { filename: name, content_type: type }]]
    request.set_form(parts, 'multipart/form-data')
    Net::HTTP.start(url.hostname, url.port) { |http| http.request(request) }
  end
end

def put(url, path, name, type)
  url.query = URI.encode_www_form(filename: name)
  File.open(path, 'rb') do |file|
    request = Net::HTTP::Put.new(url, 'Content-Type' => type)
    request.content_length = file.size
    request.body_stream = file
    Net::HTTP.start(url.hostname, url.port) { |http| http.request(request) }
  end
end

def untyped(url, path, *)
  Net::HTTP.post(url, File.binread(path))
end

# The lines of lines.mjs.
$stdout.sync = true
$stdin.set_encoding('UTF-8')
$stdin.each_line(chomp: true) do |line|
  way, url, *args = line.split("\t")
  begin
    response = send(way, URI(url), *args)
    puts "#{response.code}\t#{Base64.strict_encode64(response.body)}"
  rescue StandardError => e
    puts "error\t#{Base64.strict_encode64(e.inspect)}"
  end
end
